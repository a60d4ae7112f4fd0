//! What a person can do about an Entra error, by its AADSTS number.

/// AADSTS codes, and one line of advice for each.
///
/// Source: Entra, "Microsoft Entra authentication and authorization error codes"
/// (`reference-error-codes`).
const ADVICE: &[(&[u32], &str)] = &[
    (
        &[16000, 50058, 50059],
        "name the tenant: its id or one of its domains",
    ),
    (
        &[50011],
        "add http://localhost as a redirect URI of a mobile and desktop application",
    ),
    (
        &[50020],
        "sign in with an account of this tenant, or make the registration multi-tenant",
    ),
    (
        &[50034, 50057],
        "check the account: the tenant does not know it, or has disabled it",
    ),
    (
        &[50053],
        "wait, or ask an administrator: the account is locked or the address suspicious",
    ),
    (
        &[50055, 50126],
        "sign in again in person (graphmail login): the password has expired or is wrong",
    ),
    (
        &[50072, 50074, 50076, 50078, 50079],
        "sign in again in person (graphmail login): multi-factor authentication is asked for",
    ),
    (
        &[
            50097, 50131, 53000, 53001, 53002, 53003, 53004, 53011, 530032, 530035,
        ],
        "use graphmail login --browser on a managed device, or ask an administrator: a Conditional Access policy forbids this sign-in",
    ),
    (
        &[50105],
        "ask an administrator to assign the account to the application (Enterprise applications)",
    ),
    (
        &[50128, 50134],
        "check the tenant: the domain is unknown or belongs to another cloud",
    ),
    (
        &[50196],
        "ask for fewer tokens: the same request came in a loop",
    ),
    (
        &[50173, 700082, 700084, 70043, 70008],
        "sign in again (graphmail login): the stored sign-in has ended",
    ),
    (
        &[50194],
        "use the tenant's id in place of common: the application is of a single tenant",
    ),
    (
        &[500011, 650057],
        "check the cloud and the scopes: the tenant or the registration does not know this Graph",
    ),
    (
        &[65001, 65004, 65005, 650052, 650056],
        "grant the permission: an administrator may have to consent (API permissions of the registration)",
    ),
    (
        &[65002],
        "register an application of your own: a Microsoft client id may not be borrowed",
    ),
    (
        &[70000],
        "sign in again (graphmail login): the stored sign-in is not valid any more",
    ),
    (
        &[70011],
        "check the scopes and sign in again; an application's own token takes .default alone",
    ),
    (
        &[700016],
        "check the client id, the tenant and the cloud: the application is not in that tenant",
    ),
    (
        &[700024],
        "set this host's clock, or have the federated token renewed: the assertion's time is out of its window",
    ),
    (
        &[700027],
        "upload the certificate to the registration (Certificates & secrets), or name the uploaded one: graphmail login --certificate FILE",
    ),
    (
        &[700021],
        "check the client id: the assertion is another application's",
    ),
    (
        &[700023],
        "check the cloud and GRAPHMAIL_LOGIN_URL: the assertion is for another login authority",
    ),
    (
        &[50027],
        "run it again, and check the federated token's file if there is one: the assertion is no well-formed JWT, or was used before",
    ),
    (
        &[70002, 7000215],
        "copy the secret's value, not its id, from Certificates & secrets",
    ),
    (
        &[7000222],
        "make a new secret, or better a certificate: this secret has expired",
    ),
    (
        &[7000112],
        "ask an administrator to enable the application (Enterprise applications, Properties)",
    ),
    (
        &[7000218],
        "turn on \"Allow public client flows\" in the registration (Authentication)",
    ),
    (
        &[700025],
        "sign in with --device-code, or turn off \"Allow public client flows\": the registration is a public client",
    ),
    (
        &[70003],
        "check the registration: it does not allow this kind of sign-in",
    ),
    (
        &[700030],
        "upload the certificate itself to the registration: its subject and issuer are not trusted there",
    ),
    (
        &[70016],
        "finish the sign-in in the browser: it is still pending",
    ),
    (
        &[70018],
        "start again and type the new code: this one was not right",
    ),
    (&[70019], "start again: the code has expired"),
    (
        &[54005, 501481],
        "start again: the browser's code has been used already, or was not for this sign-in",
    ),
    (
        // The later numbers are 70021 told in detail, as seen in answers; no page lists them.
        &[70021, 700211, 700212, 700213, 7002137, 7002138],
        "compare issuer, subject (upper and lower case too) and audience with the registration's federated credential",
    ),
    (
        &[90002, 900023],
        "check the tenant's name for a typing error, and the cloud",
    ),
    (&[90014, 900144], "report this: the request lacked a field"),
    (
        &[90033],
        "try again: the service is unavailable for the moment",
    ),
    (
        &[90038, 900382, 900432],
        "choose the tenant's own cloud: it is another one",
    ),
    (
        &[90072],
        "ask an administrator to invite the account into the tenant",
    ),
    (
        &[90094, 90095, 90099],
        "ask an administrator of the tenant for consent",
    ),
    (
        &[9001023, 90124, 90130, 9002332, 9002346],
        "use the tenant's id, or consumers for a personal account",
    ),
    (
        &[240002, 1000031],
        "check the registration: the application is not available to this tenant",
    ),
];

/// The advice for an AADSTS code, one line in the imperative, if there is any.
///
/// The number is for advice alone: what a program does next is decided by the `error` and
/// `suberror` of the answer.
#[must_use]
pub fn advice(code: u32) -> Option<&'static str> {
    ADVICE
        .iter()
        .find(|(codes, _)| codes.contains(&code))
        .map(|(_, advice)| *advice)
}
