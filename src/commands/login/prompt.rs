//! What a user sees while signing in.

use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;

use crate::auth::device_code::Prompt;
use crate::cloud::Cloud;
use crate::commands::Context;
use crate::text::{self, Visible};
use crate::ui::Ui;

/// Shows the URL and the code, as the service returned them.
pub(super) fn show(prompt: &Prompt, context: &Context<'_>) {
    let ui = context.ui;
    ui.always(&format!(
        "To sign in, open {} and enter the code {}",
        text::field(&prompt.verification_uri),
        text::field(&prompt.user_code)
    ));
    if context.terminal.stderr
        && let Ok(code) = QrCode::new(&prompt.verification_uri)
    {
        // Light modules are drawn and dark ones left out, because most terminals are dark.
        let drawn = code
            .render::<Dense1x2>()
            .dark_color(Dense1x2::Light)
            .light_color(Dense1x2::Dark)
            .build();
        ui.always(Visible::block(&drawn));
    }
    let left = prompt.expires_at.duration_since(context.seams.now());
    let minutes = (left.as_secs() + 30) / 60;
    ui.info(&format!("The code expires in {minutes} minutes."));
    ui.begin("waiting for the sign-in");
}

/// Explains how to register an application. graphmail ships no client id: another publisher's could
/// vanish, and its owner decides which permissions it may request.
/// `is_application`: whether it signs in as itself, and not as a person.
pub(super) fn how_to_register(cloud: &Cloud, is_application: bool, ui: &Ui<'_>) {
    let portal = match cloud.name() {
        "usgov" | "dod" => "https://portal.azure.us",
        "china" => "https://portal.azure.cn",
        _ => "https://entra.microsoft.com",
    };
    let steps = if is_application { APPLICATION } else { PERSON };
    ui.always(Visible::block(&format!(
        "graphmail signs in as an application of your own tenant. To register one:
  1. At {portal}, under App registrations, choose New registration; any name, this organization only.
     Its Overview page shows the client id and the tenant id.
{steps}"
    )));
}

const PERSON: &str = "  2. Under Authentication, set Allow public client flows to Yes; for login --browser, add the platform
     Mobile and desktop applications with the redirect URI http://localhost
  3. Under API permissions, add Microsoft Graph, Delegated permissions, Mail.Send
     (and Mail.Send.Shared to send out of another's mailbox, with login --mailbox;
     Mail.ReadBasic to look in Sent Items for a queued message whose answer is lost, with
     login --scopes send+lookup).
Then: graphmail login --client-id ID --tenant TENANT";

const APPLICATION: &str = "  2. Under Certificates & secrets, upload the certificate, or add a client secret or a federated credential.
  3. Under API permissions, add Microsoft Graph, Application permissions, Mail.Send, and choose Grant admin
     consent. It may then send from every mailbox; to restrict it to one: graphmail man graphmail-admin.7
Then add to this command: --client-id ID --tenant TENANT --mailbox ADDRESS";
