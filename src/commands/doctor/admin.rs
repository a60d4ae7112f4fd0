//! What an administrator runs for the account, filled in with its ids.

use serde_json::json;

use crate::commands::Context;
use crate::commands::session::credential_name;
use crate::config::{self, Account, variable};
use crate::exit::{Class, Status};

/// Prints the page to consent on and, for an application, the commands that restrict it to its mailbox.
pub(super) fn run(context: &Context<'_>) -> anyhow::Result<Status> {
    let account = context.settings.stored_account()?;
    let missing = |key| config::Error::Incomplete {
        account: account.name.clone(),
        auth: credential_name(&account.credential),
        key,
    };
    let tenant = account.tenant.as_deref().ok_or_else(|| missing("tenant"))?;
    let client_id = account
        .client_id
        .as_deref()
        .ok_or_else(|| missing("client_id"))?;
    let consent = account.cloud.admin_consent_url(tenant, client_id);
    let commands = if account.is_application() {
        commands(&account, client_id, context)
    } else {
        Vec::new()
    };
    let ui = context.ui;
    if ui.manner().json {
        ui.json(&json!({
            "ok": true,
            "account": account.name,
            "consent_url": consent.as_str(),
            "powershell": commands,
        }))?;
    } else {
        ui.data(as_text(consent.as_str(), &commands).as_bytes())?;
    }
    Ok(Class::Success.into())
}

fn as_text(consent: &str, commands: &[String]) -> String {
    if commands.is_empty() {
        return format!(
            "# Consent for the whole tenant, to the permissions of the registration (in a browser):\n{consent}\n"
        );
    }
    format!(
        "# Either, to send out of this mailbox alone (PowerShell; works after up to two hours).\n\
         # Then no Mail permission may be consented to for the application: it would hold everywhere.\n\
         {}\n\n\
         # Or, for every mailbox of the tenant, consent to the registration's permissions (in a browser):\n\
         {consent}\n",
        commands.join("\n")
    )
}

/// Exchange's commands (Exchange: "Role Based Access Control for Applications in Exchange Online"). The
/// object id is the enterprise application's, not the registration's.
fn commands(account: &Account, client_id: &str, context: &Context<'_>) -> Vec<String> {
    let mailbox = context.settings.environment().get(variable::MAILBOX);
    let mailbox = mailbox.or_else(|| account.mailbox.clone());
    let mailbox = mailbox.unwrap_or_else(|| "MAILBOX".to_owned());
    let scope = quoted(&format!("graphmail {}", account.name));
    let property = if mailbox.contains('@') {
        "EmailAddresses"
    } else {
        "ExternalDirectoryObjectId"
    };
    let filter = quoted(&format!("{property} -eq {}", quoted(&mailbox)));
    let (mailbox, id) = (quoted(&mailbox), quoted(client_id));
    let service = quoted(&format!("AppId eq {id}"));
    let mut commands = vec![
        "Connect-MgGraph -Scopes Application.Read.All".to_owned(),
        format!("$app = Get-MgServicePrincipal -Filter {service}"),
        "Connect-ExchangeOnline".to_owned(),
        "New-ServicePrincipal -AppId $app.AppId -ObjectId $app.Id -DisplayName $app.DisplayName"
            .to_owned(),
        format!("New-ManagementScope -Name {scope} -RecipientRestrictionFilter {filter}"),
    ];
    commands.extend(
        ["Application Mail.Send", "Application Mail.ReadWrite"].map(|role| {
            format!(
                "New-ManagementRoleAssignment -App $app.Id -Role {} -CustomResourceScope {scope}",
                quoted(role)
            )
        }),
    );
    commands.push(format!(
        "Test-ServicePrincipalAuthorization -Identity $app.Id -Resource {mailbox}"
    ));
    commands
}

/// A text as PowerShell takes it word for word (PowerShell: "about_Quoting_Rules", single-quoted strings).
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
