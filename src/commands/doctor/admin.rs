//! `doctor --admin`: the commands that an administrator runs for the account, with its ids.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::auth::managed_identity::Id;
use crate::auth::{Claims, Credential, ManagedIdentity};
use crate::commands::error::UsageError;
use crate::commands::report::Result;
use crate::commands::{Context, session};
use crate::config::{self, Account, variable};
use crate::exit::{Class, Status};
use crate::shell;
use crate::text::Visible;

/// One block of `doctor --admin`, for a single paste.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub(super) enum Tool {
    /// The Azure CLI: consent for the whole tenant.
    Az,
    /// PowerShell: one mailbox.
    Powershell,
    /// A browser: consent for the whole tenant.
    Portal,
}

/// Prints the commands that allow an application to send from its mailbox, and the consent for the whole tenant.
pub(super) fn run(tool: Option<Tool>, context: &Context<'_>) -> Result<Status> {
    let account = context.settings.stored_account()?;
    if let Credential::ManagedIdentity(identity) = &account.credential {
        return of_identity(&account, identity, tool, context);
    }
    let Application {
        tenant,
        client_id,
        is_application,
    } = &Application::of_account(&account, context)?;
    let is_application = *is_application;
    let consent = account.cloud.admin_consent_url(tenant, client_id);
    let filter = quoted(&format!("AppId eq {}", quoted(client_id)));
    let service = format!("-Filter {filter}");
    let (commands, large) = match is_application {
        true => (
            commands(&account, &service, context),
            role(&account, "Mail.ReadWrite"),
        ),
        false => (Vec::new(), String::new()),
    };
    let revoke = revoke(&service, is_application);
    let ui = context.ui;
    if ui.output_options().json {
        ui.json(&json!({
            "ok": true,
            "account": account.name,
            "consent_url": consent.as_str(),
            "revoke": revoke,
            "powershell": commands,
            "powershell_large": large,
        }))?;
        return Ok(Class::Success.into());
    }
    let blocks = match tool {
        None if is_application => [
            restricted(&commands, &large),
            vec![String::new()],
            in_browser(consent.as_str(), true, &revoke),
        ]
        .concat(),
        Some(Tool::Powershell) if is_application => restricted(&commands, &large),
        Some(Tool::Powershell) => {
            return Err(UsageError::new("a person consents in a browser")
                .hint("graphmail doctor --admin=portal")
                .into());
        }
        Some(Tool::Az) => with_az(client_id, is_application),
        None | Some(Tool::Portal) => in_browser(consent.as_str(), is_application, &revoke),
    };
    ui.data(&Visible::lines(blocks.iter().map(String::as_str)))?;
    Ok(Class::Success.into())
}

/// Whose permissions are granted.
struct Application {
    tenant: String,
    client_id: String,
    /// Whether it signs in itself, and not a person.
    is_application: bool,
}

impl Application {
    fn of_account(account: &Account, context: &Context<'_>) -> Result<Self, config::Error> {
        let missing = |key| config::Error::Incomplete {
            account: account.name.clone(),
            auth: account.credential.kind().name(),
            key,
        };
        // An external source of tokens knows its application itself, and so do its tokens.
        let is_external = account.credential.kind().is_external();
        let claims = is_external.then(|| session::application_claims(account, context));
        let claims = claims.flatten();
        let is_application = account.is_application() || claims.is_some();
        let of_token = |claim: fn(&Claims) -> Option<String>| claims.as_ref().and_then(claim);
        let placeholder = |word: &str| is_external.then(|| word.to_owned());
        let tenant = of_token(Claims::tenant).or_else(|| account.tenant.clone());
        let tenant = tenant.or_else(|| placeholder("TENANT"));
        let tenant = tenant.ok_or_else(|| missing("tenant"))?;
        let client_id = of_token(Claims::client_id).or_else(|| account.client_id.clone());
        let client_id = client_id.or_else(|| placeholder("CLIENT-ID"));
        let client_id = client_id.ok_or_else(|| missing("client_id"))?;
        Ok(Self {
            tenant,
            client_id,
            is_application,
        })
    }
}

/// The block for one mailbox.
fn restricted(commands: &[String], large: &str) -> Vec<String> {
    let before = [
        "# One mailbox: allow the application to send from this mailbox only (PowerShell; takes up to two hours).",
        "# Do not consent to a Mail permission of the application as well: it would cover all mailboxes.",
    ];
    let before = before.map(ToOwned::to_owned).into_iter();
    let after = [
        "# Only for mail of more than 3 MB, also:".to_owned(),
        format!("# {large}"),
    ];
    before
        .chain(commands.iter().cloned())
        .chain(after)
        .collect()
}

/// The block for consent in a browser.
fn in_browser(consent: &str, is_application: bool, revoke: &[String]) -> Vec<String> {
    let title = match is_application {
        true => {
            "# EVERY mailbox of the tenant, instead: consent to the registration's permissions (in a browser):"
        }
        false => "# Consent to the registration's permissions for the whole tenant (in a browser):",
    };
    let mut lines = vec![
        title.to_owned(),
        consent.to_owned(),
        "# To revoke the consent (PowerShell):".to_owned(),
    ];
    lines.extend(revoke.iter().map(|line| format!("# {line}")));
    lines
}

/// The block for consent with the Azure CLI; the ids are those of Graph and of its application role Mail.Send (Graph:
/// "Microsoft Graph permissions reference").
fn with_az(client_id: &str, is_application: bool) -> Vec<String> {
    const GRAPH: &str = "00000003-0000-0000-c000-000000000000";
    const SEND: &str = "b633e1c5-b582-4048-a93e-9f11b44c7e96";
    let id = shell::word(client_id);
    let mut lines = Vec::new();
    if is_application {
        lines.push(
            "# EVERY mailbox of the tenant: az cannot grant one mailbox; for one: graphmail doctor --admin=powershell"
                .to_owned(),
        );
        lines.push(format!(
            "az ad app permission add --id {id} --api {GRAPH} --api-permissions {SEND}=Role"
        ));
    }
    lines.push(format!("az ad app permission admin-consent --id {id}"));
    lines
}

/// The commands that revoke the consent of an application, or of people for the registration (Graph PowerShell:
/// `Remove-MgServicePrincipalAppRoleAssignment`, `Remove-MgOauth2PermissionGrant`).
fn revoke(service: &str, is_application: bool) -> Vec<String> {
    let (scopes, remove) = match is_application {
        true => (
            "Application.Read.All,AppRoleAssignment.ReadWrite.All",
            "Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $app.Id | ForEach-Object { \
             Remove-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $app.Id -AppRoleAssignmentId $_.Id }",
        ),
        false => (
            "Application.Read.All,DelegatedPermissionGrant.ReadWrite.All",
            "Get-MgServicePrincipalOauth2PermissionGrant -ServicePrincipalId $app.Id | ForEach-Object { \
             Remove-MgOauth2PermissionGrant -OAuth2PermissionGrantId $_.Id }",
        ),
    };
    vec![
        format!("Connect-MgGraph -Scopes {scopes}"),
        format!("$app = Get-MgServicePrincipal {service}"),
        remove.to_owned(),
    ]
}

/// The same for a managed identity, which has no registration and therefore no consent page.
fn of_identity(
    account: &Account,
    identity: &ManagedIdentity,
    tool: Option<Tool>,
    context: &Context<'_>,
) -> Result<Status> {
    if matches!(tool, Some(Tool::Az | Tool::Portal)) {
        return Err(
            UsageError::new("a managed identity has no registration to consent to")
                .hint("graphmail doctor --admin=powershell")
                .into(),
        );
    }
    let service = match &identity.id {
        Some(Id::Client(id)) => format!("-Filter {}", quoted(&format!("AppId eq {}", quoted(id)))),
        Some(Id::Object(id)) => format!("-ServicePrincipalId {}", quoted(id)),
        Some(Id::Resource(id)) => of_name(id.rsplit('/').next().unwrap_or(id)),
        None => of_name("NAME-OF-THE-IDENTITY"),
    };
    let commands = commands(account, &service, context);
    let large = role(account, "Mail.ReadWrite");
    let everywhere = app_roles(&service);
    let revoke = revoke(&service, true);
    let ui = context.ui;
    if ui.output_options().json {
        ui.json(&json!({
            "ok": true,
            "account": account.name,
            "powershell": commands,
            "powershell_large": large,
            "powershell_everywhere": everywhere,
            "revoke": revoke,
        }))?;
        return Ok(Class::Success.into());
    }
    let mut lines = restricted(&commands, &large);
    if tool.is_none() {
        lines.push(String::new());
        lines.push("# EVERY mailbox of the tenant, instead (PowerShell):".to_owned());
        lines.extend(everywhere);
        lines.push("# To revoke it:".to_owned());
        lines.extend(revoke.iter().map(|line| format!("# {line}")));
    }
    ui.data(&Visible::lines(lines.iter().map(String::as_str)))?;
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
    commands.push(format!(
        "New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $app.Id -PrincipalId $app.Id \
         -ResourceId $graph.Id -AppRoleId ($graph.AppRoles | Where-Object Value -eq {}).Id",
        quoted("Mail.Send")
    ));
    commands
}

/// The commands for Exchange (Exchange: "Role Based Access Control for Applications in Exchange
/// Online"). The object id is that of the enterprise application, not of the registration; `service`
/// are the arguments that find the enterprise application.
fn commands(account: &Account, service: &str, context: &Context<'_>) -> Vec<String> {
    let mailbox = context.settings.environment().get(variable::MAILBOX);
    let mailbox = mailbox.or_else(|| account.mailbox.clone());
    let mailbox = mailbox.unwrap_or_else(|| "MAILBOX".to_owned());
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
        format!(
            "New-ManagementScope -Name {} -RecipientRestrictionFilter {filter}",
            scope(account)
        ),
        role(account, "Mail.Send"),
    ];
    commands.push(format!(
        "Test-ServicePrincipalAuthorization -Identity $app.Id -Resource {mailbox}"
    ));
    commands
}

/// The name of the scope of the account's mailbox, as a literal.
fn scope(account: &Account) -> String {
    quoted(&format!("graphmail {}", account.name))
}

/// The command that grants the role of this permission for the account's mailbox.
fn role(account: &Account, permission: &str) -> String {
    format!(
        "New-ManagementRoleAssignment -App $app.Id -Role {} -CustomResourceScope {}",
        quoted(&format!("Application {permission}")),
        scope(account)
    )
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
