//! `doctor --admin`: the commands that an administrator runs for the account, with its ids.

use serde_json::json;

use crate::auth::managed_identity::Id;
use crate::auth::{Credential, ManagedIdentity};
use crate::commands::Context;
use crate::commands::report::Result;
use crate::config::{self, Account, variable};
use crate::exit::{Class, Status};
use crate::text::Visible;

/// Prints the URL of the consent page and, for an application, the commands that restrict it to its
/// mailbox.
pub(super) fn run(context: &Context<'_>) -> Result<Status> {
    let account = context.settings.stored_account()?;
    if let Credential::ManagedIdentity(identity) = &account.credential {
        return of_identity(&account, identity, context);
    }
    let missing = |key| config::Error::Incomplete {
        account: account.name.clone(),
        auth: account.credential.kind().name(),
        key,
    };
    // An external source of tokens knows its application itself.
    let is_external = account.credential.kind().is_external();
    let placeholder = |word| is_external.then_some(word);
    let tenant = account.tenant.as_deref().or(placeholder("TENANT"));
    let tenant = tenant.ok_or_else(|| missing("tenant"))?;
    let client_id = account.client_id.as_deref().or(placeholder("CLIENT-ID"));
    let client_id = client_id.ok_or_else(|| missing("client_id"))?;
    let consent = account.cloud.admin_consent_url(tenant, client_id);
    let commands = if account.is_application() {
        let filter = quoted(&format!("AppId eq {}", quoted(client_id)));
        commands(&account, &format!("-Filter {filter}"), context)
    } else {
        Vec::new()
    };
    let ui = context.ui;
    if ui.output_options().json {
        ui.json(&json!({
            "ok": true,
            "account": account.name,
            "consent_url": consent.as_str(),
            "powershell": commands,
        }))?;
    } else {
        ui.data(&as_text(consent.as_str(), &commands))?;
    }
    Ok(Class::Success.into())
}

const RESTRICTED: [&str; 2] = [
    "# Either allow the application to send from this mailbox only (PowerShell; takes up to two hours).",
    "# Then do not consent to a Mail permission of the application: it would cover all mailboxes.",
];

fn as_text(consent: &str, commands: &[String]) -> Visible {
    if commands.is_empty() {
        return Visible::lines([
            "# Consent to the registration's permissions for the whole tenant (in a browser):",
            consent,
        ]);
    }
    let or = [
        "",
        "# Or, for every mailbox of the tenant, consent to the registration's permissions (in a browser):",
        consent,
    ];
    let commands = commands.iter().map(String::as_str);
    Visible::lines(RESTRICTED.into_iter().chain(commands).chain(or))
}

/// The same for a managed identity, which has no registration and therefore no consent page.
fn of_identity(
    account: &Account,
    identity: &ManagedIdentity,
    context: &Context<'_>,
) -> Result<Status> {
    let service = match &identity.id {
        Some(Id::Client(id)) => format!("-Filter {}", quoted(&format!("AppId eq {}", quoted(id)))),
        Some(Id::Object(id)) => format!("-ServicePrincipalId {}", quoted(id)),
        Some(Id::Resource(id)) => of_name(id.rsplit('/').next().unwrap_or(id)),
        None => of_name("NAME-OF-THE-IDENTITY"),
    };
    let restricted = commands(account, &service, context);
    let everywhere = app_roles(&service);
    let ui = context.ui;
    if ui.output_options().json {
        ui.json(&json!({
            "ok": true,
            "account": account.name,
            "powershell": restricted,
            "powershell_everywhere": everywhere,
        }))?;
    } else {
        let or = ["", "# Or, for every mailbox of the tenant (PowerShell):"];
        let restricted = restricted.iter().map(String::as_str).chain(or);
        let commands = restricted.chain(everywhere.iter().map(String::as_str));
        ui.data(&Visible::lines(RESTRICTED.into_iter().chain(commands)))?;
    }
    Ok(Class::Success.into())
}

/// The filter for the service principal with that name. A system-assigned identity has the name of its
/// host, a user-assigned one its own.
fn of_name(name: &str) -> String {
    format!(
        "-Filter {}",
        quoted(&format!("DisplayName eq {}", quoted(name)))
    )
}

/// The commands that grant a managed identity its application permissions (Graph PowerShell:
/// "New-MgServicePrincipalAppRoleAssignment"); the fixed id is that of Graph.
fn app_roles(service: &str) -> Vec<String> {
    let mut commands = vec![
        "Connect-MgGraph -Scopes Application.Read.All,AppRoleAssignment.ReadWrite.All".to_owned(),
        format!("$app = Get-MgServicePrincipal {service}"),
        format!(
            "$graph = Get-MgServicePrincipal -Filter {}",
            quoted("AppId eq '00000003-0000-0000-c000-000000000000'")
        ),
    ];
    commands.extend(["Mail.Send", "Mail.ReadWrite"].map(|role| {
        format!(
            "New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $app.Id -PrincipalId $app.Id \
             -ResourceId $graph.Id -AppRoleId ($graph.AppRoles | Where-Object Value -eq {}).Id",
            quoted(role)
        )
    }));
    commands
}

/// The commands for Exchange (Exchange: "Role Based Access Control for Applications in Exchange
/// Online"). The object id is that of the enterprise application, not of the registration; `service`
/// are the arguments that find the enterprise application.
fn commands(account: &Account, service: &str, context: &Context<'_>) -> Vec<String> {
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
    let mailbox = quoted(&mailbox);
    let mut commands = vec![
        "Connect-MgGraph -Scopes Application.Read.All".to_owned(),
        format!("$app = Get-MgServicePrincipal {service}"),
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

/// A text as a literal of PowerShell (PowerShell: "about_Quoting_Rules", single-quoted strings), which
/// treats typographic quotation marks as plain ones.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("'");
    for character in text.chars() {
        if matches!(character, '\'' | '\u{2018}'..='\u{201b}') {
            quoted.push(character);
        }
        quoted.push(character);
    }
    quoted + "'"
}
