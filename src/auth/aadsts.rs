//! Advice for Entra errors, by AADSTS number.

/// The command that fixes an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// None.
    None,
    /// Sign in again.
    SignIn,
    /// Sign in with a browser.
    Browser,
    /// Sign in with another certificate.
    Certificate,
    /// Configure another client secret, if the application signs in with one.
    ClientSecret,
    /// An administrator consents.
    Consent,
}

/// How to fix an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remedy {
    /// One line: an instruction, or the reason for the action.
    pub advice: &'static str,
    /// The command.
    pub action: Action,
}

/// AADSTS codes with one line of advice and the command that fixes the error.
///
/// Source: Entra, "Microsoft Entra authentication and authorization error codes"
/// (`reference-error-codes`).
const ADVICE: &[(&[u32], &str, Action)] = &[
    (
        &[16000, 50058, 50059],
        "name the tenant: its id or one of its domains",
        Action::None,
    ),
    (
        &[50011],
        "add http://localhost as a redirect URI of a mobile and desktop application",
        Action::None,
    ),
    (
        &[50020],
        "sign in with an account of this tenant, or make the registration multi-tenant",
        Action::None,
    ),
    (
        &[50034, 50057],
        "check the account: the tenant does not know it, or has disabled it",
        Action::None,
    ),
    (
        &[50053],
        "wait, or ask an administrator: the account is locked or the address suspicious",
        Action::None,
    ),
    (
        &[50055, 50126, 50144],
        "the password has expired or is wrong",
        Action::SignIn,
    ),
    (
        &[50072, 50074, 50076, 50078, 50079],
        "multi-factor authentication is required",
        Action::SignIn,
    ),
    (
        &[50158],
        "the tenant demands another check, such as a second factor of another provider",
        Action::SignIn,
    ),
    (
        &[530034],
        "ask an administrator: the account counts as compromised in its home tenant",
        Action::None,
    ),
    (
        &[
            50097, 50131, 53000, 53001, 53002, 53003, 53004, 53011, 530032, 530035,
        ],
        "a Conditional Access policy forbids this sign-in; sign in on a managed device",
        Action::Browser,
    ),
    (
        &[50105],
        "ask an administrator to assign the account to the application (Enterprise applications)",
        Action::None,
    ),
    (
        &[50128, 50134],
        "check the tenant: the domain is unknown or belongs to another cloud",
        Action::None,
    ),
    (
        &[50196],
        "request fewer tokens: the same request was repeated in a loop",
        Action::None,
    ),
    (
        &[50173, 700082, 700084, 70043, 70008],
        "the stored sign-in has ended",
        Action::SignIn,
    ),
    (
        &[50194],
        "use the tenant's id instead of common: the application is registered for a single tenant",
        Action::None,
    ),
    (
        &[500011, 650057],
        "check the cloud and the scopes: the tenant or the registration does not know this Graph URL",
        Action::None,
    ),
    (
        &[65001, 65004, 65005, 650052, 650056],
        "grant the permission: an administrator may have to consent (API permissions of the registration)",
        Action::Consent,
    ),
    (
        // Seen in answers; no page lists it.
        &[7000229],
        "an administrator must consent: the application has no service principal in this tenant",
        Action::Consent,
    ),
    (
        &[65002],
        "register an application in your tenant: a client id of Microsoft cannot be used",
        Action::None,
    ),
    (
        &[70000],
        "the stored sign-in is no longer valid",
        Action::SignIn,
    ),
    (
        &[70011],
        "check the scopes and sign in again; an application can only request the scope .default",
        Action::None,
    ),
    (
        &[700016],
        "check the client id, the tenant and the cloud: the application is not in that tenant",
        Action::None,
    ),
    (
        &[700024],
        "set this host's clock, or renew the federated token: the assertion is expired or not yet valid",
        Action::None,
    ),
    (
        &[700027],
        "the registration does not have this certificate",
        Action::Certificate,
    ),
    (
        &[700021],
        "check the client id: the assertion belongs to another application",
        Action::None,
    ),
    (
        &[700023],
        "check the cloud and GRAPHMAIL_LOGIN_URL: the assertion is for another login authority",
        Action::None,
    ),
    (
        &[50027],
        "run it again, and check the federated token's file if there is one: the assertion is not a well-formed JWT, or was used before",
        Action::None,
    ),
    (
        &[70002, 7000215],
        "copy the secret's value, not its id, from Certificates & secrets",
        Action::ClientSecret,
    ),
    (
        &[7000222],
        "create a new client secret, or use a certificate: this secret has expired",
        Action::ClientSecret,
    ),
    (
        &[7000112],
        "ask an administrator to enable the application (Enterprise applications, Properties)",
        Action::None,
    ),
    (
        &[7000218],
        "turn on \"Allow public client flows\" in the registration (Authentication)",
        Action::None,
    ),
    (
        &[700025],
        "sign in with --device-code, or turn off \"Allow public client flows\": the registration is a public client",
        Action::None,
    ),
    (
        &[70003],
        "check the registration: it does not allow this kind of sign-in",
        Action::None,
    ),
    (
        &[700030],
        "upload the certificate itself to the registration: its subject and issuer are not trusted there",
        Action::None,
    ),
    (
        &[70016],
        "finish the sign-in in the browser: it is still pending",
        Action::None,
    ),
    (
        &[70018],
        "start again and type the new code: this code was wrong",
        Action::None,
    ),
    (&[70019], "start again: the code has expired", Action::None),
    (
        &[54005, 501481],
        "start again: the browser's code was already used, or belongs to another sign-in",
        Action::None,
    ),
    (
        // The numbers after 70021 are its details. They were seen in answers; no page lists them.
        &[70021, 700211, 700212, 700213, 7002137, 7002138],
        "compare issuer, subject (case matters) and audience with the registration's federated credential",
        Action::None,
    ),
    (
        &[90002, 900023],
        "check the spelling of the tenant, and the cloud",
        Action::None,
    ),
    (
        &[90014, 900144],
        "report this: the request lacked a field",
        Action::None,
    ),
    (
        &[90033],
        "try again: the service is temporarily unavailable",
        Action::None,
    ),
    (
        &[90038, 900382, 900432],
        "choose the cloud that the tenant belongs to",
        Action::None,
    ),
    (
        &[90072],
        "ask an administrator to invite the account into the tenant",
        Action::None,
    ),
    (
        &[90094, 90095, 90099],
        "ask an administrator of the tenant for consent",
        Action::None,
    ),
    (
        &[9001023, 90124, 90130, 9002332, 9002346],
        "use the tenant's id, or consumers for a personal account",
        Action::None,
    ),
    (
        &[240002, 1000031],
        "check the registration: the application is not available to this tenant",
        Action::None,
    ),
];

/// The same for an application, where the advice for a person would not help: nobody is there to sign in
/// (Entra: "Conditional Access for workload identities").
const APPLICATION_ADVICE: &[(&[u32], &str, Action)] = &[
    (
        &[
            50072, 50074, 50076, 50078, 50079, 50097, 50131, 50158, 53000, 53001, 53002, 53003,
            53004, 53011, 530032, 530034, 530035,
        ],
        "ask an administrator: a Conditional Access policy for workload identities blocks the application; it can \
         exclude the application, or allow the address of this host",
        Action::None,
    ),
    (
        &[50055, 50126, 50144, 50173, 70008, 70043, 700082, 700084],
        "check the client id and the credential: the service took the application for a person",
        Action::None,
    ),
];

/// The codes with their remedies, for the manual. `is_application`: those that differ for an application.
pub fn table(is_application: bool) -> impl Iterator<Item = (&'static [u32], Remedy)> {
    let table = match is_application {
        true => APPLICATION_ADVICE,
        false => ADVICE,
    };
    table.iter().map(|(codes, advice, action)| {
        let (advice, action) = (*advice, *action);
        (*codes, Remedy { advice, action })
    })
}

/// How to fix an AADSTS error, if graphmail knows it. `is_application`: the application itself signs in.
///
/// This is for advice only: programs use the `error` and `suberror` of the answer.
#[must_use]
pub fn remedy(code: u32, is_application: bool) -> Option<Remedy> {
    let own = APPLICATION_ADVICE.iter().filter(|_| is_application);
    let mut known = own
        .chain(ADVICE)
        .filter(|(codes, ..)| codes.contains(&code));
    let (_, advice, action) = known.next()?;
    Some(Remedy {
        advice,
        action: *action,
    })
}
