//! The roots of the clouds, and which of them a token or a redirect may go to.

use graphmail::cloud::{Cloud, InvalidRoot, may_lead_to};

#[test]
fn plain_http_is_led_to_between_loopbacks_alone() {
    let may = |from: &str, to: &str| {
        let url = |text: &str| text.parse().expect("a URL");
        may_lead_to(&url(from), &url(to))
    };
    for (from, to, wanted) in [
        (
            "https://graph.microsoft.com",
            "https://outlook.office.com/x",
            true,
        ),
        (
            "https://graph.microsoft.com",
            "http://outlook.office.com/x",
            false,
        ),
        ("https://graph.microsoft.com", "http://127.0.0.1/x", false),
        (
            "https://graph.microsoft.com",
            "ftp://outlook.office.com/x",
            false,
        ),
        ("http://127.0.0.1:1", "http://127.0.0.1:2/x", true),
        ("http://127.0.0.1:1", "http://localhost/x", true),
        ("http://127.0.0.1:1", "http://10.0.0.1/x", false),
        ("http://127.0.0.1:1", "https://outlook.office.com/x", true),
        ("http://127.0.0.1:1", "file:///etc/passwd", false),
        ("http://127.0.0.1:1", "javascript:x", false),
    ] {
        assert_eq!(may(from, to), wanted, "{from} {to}");
    }
}

#[test]
fn every_national_cloud_has_its_own_pair() {
    let table: Vec<_> = Cloud::NAMES
        .iter()
        .map(|name| {
            let cloud = Cloud::national(name).expect("a national cloud");
            [
                cloud.graph_url(&["me", "sendMail"]).to_string(),
                cloud.login_url("contoso.com", "token").to_string(),
                cloud.scope("Mail.Send"),
                cloud.application_scope(),
            ]
        })
        .collect();
    assert_eq!(
        table,
        [
            [
                "https://graph.microsoft.com/v1.0/me/sendMail",
                "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token",
                "https://graph.microsoft.com/Mail.Send",
                "https://graph.microsoft.com/.default",
            ],
            [
                "https://graph.microsoft.us/v1.0/me/sendMail",
                "https://login.microsoftonline.us/contoso.com/oauth2/v2.0/token",
                "https://graph.microsoft.us/Mail.Send",
                "https://graph.microsoft.us/.default",
            ],
            [
                "https://dod-graph.microsoft.us/v1.0/me/sendMail",
                "https://login.microsoftonline.us/contoso.com/oauth2/v2.0/token",
                "https://dod-graph.microsoft.us/Mail.Send",
                "https://dod-graph.microsoft.us/.default",
            ],
            [
                "https://microsoftgraph.chinacloudapi.cn/v1.0/me/sendMail",
                "https://login.partner.microsoftonline.cn/contoso.com/oauth2/v2.0/token",
                "https://microsoftgraph.chinacloudapi.cn/Mail.Send",
                "https://microsoftgraph.chinacloudapi.cn/.default",
            ],
        ]
    );
}

#[test]
fn a_mailbox_is_one_encoded_segment() {
    let cloud = Cloud::national("global").expect("global");
    assert_eq!(
        cloud
            .graph_url(&["users", "a/b?c#d@x.org", "sendMail"])
            .as_str(),
        "https://graph.microsoft.com/v1.0/users/a%2Fb%3Fc%23d@x.org/sendMail"
    );
}

#[test]
fn a_token_never_leaves_over_plain_http() {
    let login = "https://login.example.org";
    for graph in [
        "http://graph.example.org",
        "http://10.0.0.1",
        "ftp://localhost",
        "http://localhost.example.org",
    ] {
        assert!(
            matches!(
                Cloud::new("x", graph, login),
                Err(InvalidRoot::NotSecure(_))
            ),
            "{graph}"
        );
    }
    for graph in [
        "http://127.0.0.1:80",
        "http://[::1]:8080/",
        "http://localhost:1",
    ] {
        assert!(Cloud::new("x", graph, login).is_ok(), "{graph}");
    }
    for graph in [
        "https://g.example/v1.0",
        "https://u:p@g.example",
        "https://g.example/?q",
    ] {
        assert!(
            matches!(Cloud::new("x", graph, login), Err(InvalidRoot::NotRoot(_))),
            "{graph}"
        );
    }
}
