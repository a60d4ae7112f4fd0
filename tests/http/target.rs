//! What is shown of a URL, and where plain HTTP may go.

use graphmail::http::Target;

#[test]
fn neither_a_query_nor_a_confidential_path_is_shown() {
    let url: url::Url = "https://user:pw@outlook.example:8443/api/hunter2?authtoken=hunter3#x"
        .parse()
        .expect("a URL");
    let open = Target::from(url.clone());
    let confidential = Target::confidential(url.clone());
    assert_eq!(
        [
            format!("{open}"),
            format!("{open:?}"),
            format!("{confidential}"),
            format!("{confidential:?}")
        ],
        [
            "https://outlook.example:8443/api/hunter2",
            "https://outlook.example:8443/api/hunter2",
            "https://outlook.example:8443/[not shown]",
            "https://outlook.example:8443/[not shown]",
        ]
    );
    assert_eq!((open.expose(), confidential.expose()), (&url, &url));
}

#[test]
fn plain_http_goes_no_farther_than_the_platform() {
    let plain = |target: fn(url::Url) -> Target, url: &str| {
        target(url.parse().expect("a URL")).may_be_plain()
    };
    let platform: fn(url::Url) -> Target = |url| Target::platform(url, None);
    for url in ["http://127.0.0.1:1/", "http://[::1]/", "http://localhost/"] {
        assert!(plain(platform, url) && plain(Target::from, url), "{url}");
    }
    for url in ["http://169.254.169.254/", "http://169.254.129.2:8081/"] {
        assert!(plain(platform, url) && !plain(Target::from, url), "{url}");
    }
    for url in [
        "http://10.0.0.1/",
        "http://169.255.0.1/",
        "http://example.org/",
        "http://169.254.169.254.example.org/",
        "http://[fe80::1]/",
    ] {
        assert!(!plain(platform, url), "{url}");
    }
}
