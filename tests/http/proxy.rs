//! Which requests go through a proxy.

use graphmail::http::proxy::Proxy;
use graphmail::seams::Environment;
use url::Url;

fn proxy(variables: &[(&str, &str)]) -> Option<Proxy> {
    let environment = Environment::from_pairs(variables.iter().copied());
    Proxy::from_environment(&environment).expect("a usable proxy")
}

fn serving(variables: &[(&str, &str)], target: &str) -> Option<String> {
    let target = Url::parse(target).expect("a URL");
    proxy(variables)?.serving(&target).map(Url::to_string)
}

#[test]
fn the_first_variable_that_is_set_names_the_proxy() {
    let graph = "https://graph.microsoft.com/v1.0/me";
    for (variables, expected) in [
        (&[][..], None),
        (
            &[("HTTP_PROXY", "http://p:1"), ("http_proxy", "http://p:2")],
            None,
        ),
        (&[("HTTPS_PROXY", "")], None),
        (&[("HTTPS_PROXY", "p:3128")], Some("http://p:3128/")),
        (
            &[("https_proxy", "10.0.0.1:8080")],
            Some("http://10.0.0.1:8080/"),
        ),
        (&[("ALL_PROXY", "https://p")], Some("https://p/")),
        (
            &[("all_proxy", "http://p:1"), ("HTTPS_PROXY", "http://q:2")],
            Some("http://q:2/"),
        ),
        (
            &[("HTTPS_PROXY", "http://us%40er:p%3Ass@p:1")],
            Some("http://us%40er:p%3Ass@p:1/"),
        ),
    ] {
        assert_eq!(
            serving(variables, graph).as_deref(),
            expected,
            "{variables:?}"
        );
    }
}

#[test]
fn exceptions_loopback_and_plain_http_go_past_it() {
    let served = |exceptions: &str, target: &str| {
        let variables = [("HTTPS_PROXY", "p:3128"), ("no_proxy", exceptions)];
        serving(&variables, target).is_some()
    };
    assert!(served("", "https://graph.microsoft.com/"));
    assert!(served("example.org", "https://graph.microsoft.com/"));
    for exceptions in [
        "*",
        "graph.microsoft.com",
        "a.org, .microsoft.com",
        "microsoft.com",
    ] {
        assert!(
            !served(exceptions, "https://graph.microsoft.com/"),
            "{exceptions}"
        );
    }
    assert!(!served("10.0.0.0/8", "https://10.1.2.3/"));
    for target in [
        "https://localhost:1/",
        "https://127.0.0.1/",
        "https://[::1]:8443/",
        "http://127.0.0.1:1/",
        "http://example.org/",
    ] {
        assert!(!served("", target), "{target}");
    }
}

#[test]
fn an_unusable_value_is_refused_without_being_shown() {
    for (value, reason) in [
        (
            "socks5://user:hunter2@p:1080",
            "only http and https proxies are supported",
        ),
        ("http://user:hunter2@", "not the URL of a proxy"),
        ("http://user:hunter2@p:99999", "not the URL of a proxy"),
        ("http://hunter2 p", "not the URL of a proxy"),
    ] {
        let environment = Environment::from_pairs([("ALL_PROXY", value)]);
        let failure = Proxy::from_environment(&environment).expect_err(value);
        assert_eq!(
            failure,
            graphmail::http::Failure::NotConfigured(graphmail::http::Cause::new(
                graphmail::http::Reason::Proxy,
                format!("ALL_PROXY: {reason}")
            )),
        );
    }
}
