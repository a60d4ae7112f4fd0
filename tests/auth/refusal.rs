//! What Entra says no with, and the advice for it.

use graphmail::auth::Refusal;
use graphmail::auth::aadsts::remedy;

const WHOLE: &str = r#"{
    "error": "invalid_grant",
    "error_description": "AADSTS50076: Due to a configuration change, you must use multi-factor authentication.\r\nTrace ID: 11\r\nCorrelation ID: 22\r\nTimestamp: 2026-11-20 10:00:00Z",
    "error_codes": [50076],
    "timestamp": "2026-11-20 10:00:00Z",
    "trace_id": "11",
    "correlation_id": "22",
    "error_uri": "https://login.microsoftonline.com/error?code=50076",
    "suberror": "basic_action",
    "claims": "{\"access_token\":{}}"
}"#;

#[test]
fn an_answer_is_read_whole() {
    let refusal = Refusal::parse(WHOLE.as_bytes()).expect("Entra's");
    assert_eq!(
        refusal,
        Refusal {
            error: "invalid_grant".to_owned(),
            suberror: Some("basic_action".to_owned()),
            codes: vec![50076],
            description: "AADSTS50076: Due to a configuration change, you must use multi-factor authentication.".to_owned(),
            correlation_id: Some("22".to_owned()),
            trace_id: Some("11".to_owned()),
            claims: true,
        }
    );
}

#[test]
fn the_ids_are_cut_from_a_description_of_one_line() {
    let body = br#"{"error":"x","error_description":"AADSTS90002: Tenant 'a' not found. Trace ID: 1 Correlation ID: 2 Timestamp: 3"}"#;
    assert_eq!(
        Refusal::parse(body).expect("Entra's").to_string(),
        "AADSTS90002: Tenant 'a' not found."
    );
}

#[test]
fn without_a_description_the_error_stands_for_it() {
    let refusal = Refusal::parse(br#"{"error":"invalid_client"}"#).expect("RFC 6749's");
    assert_eq!(refusal.to_string(), "invalid_client");
}

#[test]
fn another_servers_page_is_not_entras_answer() {
    assert_eq!(Refusal::parse(b"<html>Log in to the Wi-Fi</html>"), None);
    assert_eq!(Refusal::parse(br#"{"message":"no"}"#), None);
}

/// Every code that a mail sender has been seen to meet.
const KNOWN: &[u32] = &[
    16000, 50058, 50059, 50011, 50020, 50034, 50057, 50053, 50055, 50126, 50072, 50074, 50076,
    50079, 50078, 50097, 50131, 53000, 53001, 53002, 53003, 53004, 53011, 530032, 530035, 50105,
    50128, 50134, 50196, 50173, 700082, 700084, 70043, 70008, 50194, 500011, 650057, 65001, 65002,
    65004, 65005, 650052, 650056, 70000, 70011, 700016, 700024, 700027, 70002, 7000215, 7000222,
    7000112, 7000218, 700025, 70003, 700030, 70016, 70018, 70019, 70021, 90002, 900023, 90014,
    900144, 90033, 90038, 900382, 900432, 90072, 90094, 90095, 90099, 9001023, 90124, 90130,
    9002332, 9002346, 240002, 1000031, 50027, 700021, 700023, 700211, 700212, 700213, 7002137,
    7002138, 54005, 501481, 50144, 50158, 530034, 7000229,
];

#[test]
fn every_known_code_has_one_line_of_advice() {
    let both = KNOWN.iter().flat_map(|code| [(code, false), (code, true)]);
    for (code, is_application) in both {
        let found =
            remedy(*code, is_application).unwrap_or_else(|| panic!("no advice for AADSTS{code}"));
        let line = found.advice;
        assert!(
            line.starts_with(|first: char| first.is_ascii_lowercase())
                && !line.contains('\n')
                && !line.ends_with('.'),
            "AADSTS{code}: {line}"
        );
    }
}

#[test]
fn an_unknown_code_has_none() {
    assert_eq!(remedy(0, true), None);
    assert_eq!(remedy(1234567, false), None);
}
