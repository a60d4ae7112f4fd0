
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'graphmail' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'graphmail'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'graphmail' {
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read only this configuration file')
            [CompletionResult]::new('--log-file', '--log-file', [CompletionResultType]::ParameterName, 'Append a line for each send to this file')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The maximum time for one request: 30s, 2m [default: 2m]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print exactly one JSON object on standard output, on success and on failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('send', 'send', [CompletionResultType]::ParameterValue, 'Sends a message composed from flags, or a ready message')
            [CompletionResult]::new('draft', 'draft', [CompletionResultType]::ParameterValue, 'Creates, lists, sends and deletes drafts')
            [CompletionResult]::new('merge', 'merge', [CompletionResultType]::ParameterValue, 'Sends one personal message for each row of a CSV or JSON file')
            [CompletionResult]::new('outbox', 'outbox', [CompletionResultType]::ParameterValue, 'Lists, sends and drops queued messages')
            [CompletionResult]::new('smtpd', 'smtpd', [CompletionResultType]::ParameterValue, 'Runs the host''s mail service: takes messages by SMTP, queues them and sends them')
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Signs in and stores the account')
            [CompletionResult]::new('logout', 'logout', [CompletionResultType]::ParameterValue, 'Removes the stored tokens of an account; `accounts remove` also removes the account')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Shows the account, its permissions, and when its credential and its token expire')
            [CompletionResult]::new('keepalive', 'keepalive', [CompletionResultType]::ParameterValue, 'Renews the sign-in of an account, which otherwise expires after 90 days without use')
            [CompletionResult]::new('accounts', 'accounts', [CompletionResultType]::ParameterValue, 'Lists, chooses and removes accounts')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Checks everything that is needed to send mail, and says how to fix it')
            [CompletionResult]::new('sandbox', 'sandbox', [CompletionResultType]::ParameterValue, 'Simulates Entra and Graph on this host, and can run a command in this sandbox')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Prints the completions of a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Shows a page of the manual, or writes all pages into a folder')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            [CompletionResult]::new('sendmail', 'sendmail', [CompletionResultType]::ParameterValue, 'Sends a message as /usr/sbin/sendmail does; also under the names sendmail, mailq and newaliases')
            break
        }
        'graphmail;send' {
            [CompletionResult]::new('-t', '-t', [CompletionResultType]::ParameterName, 'Recipients, as an RFC 5322 address list; repeatable')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'Recipients, as an RFC 5322 address list; repeatable')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Recipients of a copy (Cc); repeatable')
            [CompletionResult]::new('--cc', '--cc', [CompletionResultType]::ParameterName, 'Recipients of a copy (Cc); repeatable')
            [CompletionResult]::new('-b', '-b', [CompletionResultType]::ParameterName, 'Recipients of a blind copy (Bcc); repeatable')
            [CompletionResult]::new('--bcc', '--bcc', [CompletionResultType]::ParameterName, 'Recipients of a blind copy (Bcc); repeatable')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'From, if it is not the sending mailbox')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'From, if it is not the sending mailbox')
            [CompletionResult]::new('--reply-to', '--reply-to', [CompletionResultType]::ParameterName, 'Reply-To: addresses for replies; repeatable')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'Subject')
            [CompletionResult]::new('--subject', '--subject', [CompletionResultType]::ParameterName, 'Subject')
            [CompletionResult]::new('--body', '--body', [CompletionResultType]::ParameterName, 'The text; `-` is standard input')
            [CompletionResult]::new('--body-file', '--body-file', [CompletionResultType]::ParameterName, 'The text, from a file; `-` is standard input')
            [CompletionResult]::new('--html', '--html', [CompletionResultType]::ParameterName, 'The HTML; a message can have both text and HTML; `-` is standard input')
            [CompletionResult]::new('--html-file', '--html-file', [CompletionResultType]::ParameterName, 'The HTML, from a file; `-` is standard input')
            [CompletionResult]::new('--markdown-file', '--markdown-file', [CompletionResultType]::ParameterName, 'Markdown, from a file: sent as text and, rendered, as HTML; `-` is standard input')
            [CompletionResult]::new('-a', '-a', [CompletionResultType]::ParameterName, 'A file to attach; repeatable; `PATH;name=N;type=T` sets name and type, `-;name=N` is standard input')
            [CompletionResult]::new('--attach', '--attach', [CompletionResultType]::ParameterName, 'A file to attach; repeatable; `PATH;name=N;type=T` sets name and type, `-;name=N` is standard input')
            [CompletionResult]::new('--inline', '--inline', [CompletionResultType]::ParameterName, 'An inline image, to which the HTML refers as `cid:CID`; repeatable')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'A custom header field, `Name: value`; repeatable')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'A custom header field, `Name: value`; repeatable')
            [CompletionResult]::new('--importance', '--importance', [CompletionResultType]::ParameterName, 'The importance of the message')
            [CompletionResult]::new('--category', '--category', [CompletionResultType]::ParameterName, 'An Outlook category; repeatable')
            [CompletionResult]::new('--sensitivity', '--sensitivity', [CompletionResultType]::ParameterName, 'The sensitivity of the message')
            [CompletionResult]::new('--flag-start', '--flag-start', [CompletionResultType]::ParameterName, 'When the follow-up begins: RFC 3339, local `YYYY-MM-DD HH:MM`, or `+2h`')
            [CompletionResult]::new('--flag-due', '--flag-due', [CompletionResultType]::ParameterName, 'When the follow-up is due')
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'Exchange holds the message until then: RFC 3339, local `YYYY-MM-DD HH:MM`, or `+2h`')
            [CompletionResult]::new('--in-reply-to', '--in-reply-to', [CompletionResultType]::ParameterName, 'The Message-ID of the message that this one answers')
            [CompletionResult]::new('--references', '--references', [CompletionResultType]::ParameterName, 'The Message-IDs of the thread, oldest first')
            [CompletionResult]::new('--message-id', '--message-id', [CompletionResultType]::ParameterName, 'The Message-ID of this message')
            [CompletionResult]::new('--mime', '--mime', [CompletionResultType]::ParameterName, 'A ready RFC 5322 message, sent unchanged except for line ends, Bcc and repeated fields; `-` is standard input')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The format of the request: auto uses JSON unless the message needs MIME')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Check everything and print what would be sent, without network access; several requests are shown only as a plan')
            [CompletionResult]::new('--mailbox', '--mailbox', [CompletionResultType]::ParameterName, 'The sending mailbox: an address or an id [default: the account''s mailbox]')
            [CompletionResult]::new('--queue', '--queue', [CompletionResultType]::ParameterName, 'When to queue the message in the outbox [default: never]')
            [CompletionResult]::new('--idempotency-key', '--idempotency-key', [CompletionResultType]::ParameterName, 'Send only one message with this key: a repeat sends nothing and reports that')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait for the copy in Sent Items, and print its id, Message-ID and web link [default: 1m]')
            [CompletionResult]::new('--wait-bounce', '--wait-bounce', [CompletionResultType]::ParameterName, 'Watch the inbox for a non-delivery report about the message [default: 2m]')
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read only this configuration file')
            [CompletionResult]::new('--log-file', '--log-file', [CompletionResultType]::ParameterName, 'Append a line for each send to this file')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The maximum time for one request: 30s, 2m [default: 2m]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]')
            [CompletionResult]::new('--read-receipt', '--read-receipt', [CompletionResultType]::ParameterName, 'Request a read receipt')
            [CompletionResult]::new('--delivery-receipt', '--delivery-receipt', [CompletionResultType]::ParameterName, 'Request a delivery receipt')
            [CompletionResult]::new('--flag', '--flag', [CompletionResultType]::ParameterName, 'Flag the message for follow-up')
            [CompletionResult]::new('--no-save', '--no-save', [CompletionResultType]::ParameterName, 'Do not save a copy in Sent Items; refused if the message is too large for one request')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print exactly one JSON object on standard output, on success and on failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'graphmail;draft' {
            [CompletionResult]::new('--mailbox', '--mailbox', [CompletionResultType]::ParameterName, 'The mailbox: an address or an id [default: the account''s mailbox]')
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read only this configuration file')
            [CompletionResult]::new('--log-file', '--log-file', [CompletionResultType]::ParameterName, 'Append a line for each send to this file')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The maximum time for one request: 30s, 2m [default: 2m]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print exactly one JSON object on standard output, on success and on failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('create', 'create', [CompletionResultType]::ParameterValue, 'Saves a message in Drafts without sending it')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Lists all drafts, newest first: id, creation time, recipients, subject')
            [CompletionResult]::new('send', 'send', [CompletionResultType]::ParameterValue, 'Sends a draft; if that fails, the draft stays in Drafts')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Moves a draft to Deleted Items; refuses a message that is not a draft')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'graphmail;draft;create' {
            [CompletionResult]::new('-t', '-t', [CompletionResultType]::ParameterName, 'Recipients, as an RFC 5322 address list; repeatable')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'Recipients, as an RFC 5322 address list; repeatable')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Recipients of a copy (Cc); repeatable')
            [CompletionResult]::new('--cc', '--cc', [CompletionResultType]::ParameterName, 'Recipients of a copy (Cc); repeatable')
            [CompletionResult]::new('-b', '-b', [CompletionResultType]::ParameterName, 'Recipients of a blind copy (Bcc); repeatable')
            [CompletionResult]::new('--bcc', '--bcc', [CompletionResultType]::ParameterName, 'Recipients of a blind copy (Bcc); repeatable')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'From, if it is not the sending mailbox')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'From, if it is not the sending mailbox')
            [CompletionResult]::new('--reply-to', '--reply-to', [CompletionResultType]::ParameterName, 'Reply-To: addresses for replies; repeatable')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'Subject')
            [CompletionResult]::new('--subject', '--subject', [CompletionResultType]::ParameterName, 'Subject')
            [CompletionResult]::new('--body', '--body', [CompletionResultType]::ParameterName, 'The text; `-` is standard input')
            [CompletionResult]::new('--body-file', '--body-file', [CompletionResultType]::ParameterName, 'The text, from a file; `-` is standard input')
            [CompletionResult]::new('--html', '--html', [CompletionResultType]::ParameterName, 'The HTML; a message can have both text and HTML; `-` is standard input')
            [CompletionResult]::new('--html-file', '--html-file', [CompletionResultType]::ParameterName, 'The HTML, from a file; `-` is standard input')
            [CompletionResult]::new('--markdown-file', '--markdown-file', [CompletionResultType]::ParameterName, 'Markdown, from a file: sent as text and, rendered, as HTML; `-` is standard input')
            [CompletionResult]::new('-a', '-a', [CompletionResultType]::ParameterName, 'A file to attach; repeatable; `PATH;name=N;type=T` sets name and type, `-;name=N` is standard input')
            [CompletionResult]::new('--attach', '--attach', [CompletionResultType]::ParameterName, 'A file to attach; repeatable; `PATH;name=N;type=T` sets name and type, `-;name=N` is standard input')
            [CompletionResult]::new('--inline', '--inline', [CompletionResultType]::ParameterName, 'An inline image, to which the HTML refers as `cid:CID`; repeatable')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'A custom header field, `Name: value`; repeatable')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'A custom header field, `Name: value`; repeatable')
            [CompletionResult]::new('--importance', '--importance', [CompletionResultType]::ParameterName, 'The importance of the message')
            [CompletionResult]::new('--category', '--category', [CompletionResultType]::ParameterName, 'An Outlook category; repeatable')
            [CompletionResult]::new('--sensitivity', '--sensitivity', [CompletionResultType]::ParameterName, 'The sensitivity of the message')
            [CompletionResult]::new('--flag-start', '--flag-start', [CompletionResultType]::ParameterName, 'When the follow-up begins: RFC 3339, local `YYYY-MM-DD HH:MM`, or `+2h`')
            [CompletionResult]::new('--flag-due', '--flag-due', [CompletionResultType]::ParameterName, 'When the follow-up is due')
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'Exchange holds the message until then: RFC 3339, local `YYYY-MM-DD HH:MM`, or `+2h`')
            [CompletionResult]::new('--in-reply-to', '--in-reply-to', [CompletionResultType]::ParameterName, 'The Message-ID of the message that this one answers')
            [CompletionResult]::new('--references', '--references', [CompletionResultType]::ParameterName, 'The Message-IDs of the thread, oldest first')
            [CompletionResult]::new('--message-id', '--message-id', [CompletionResultType]::ParameterName, 'The Message-ID of this message')
            [CompletionResult]::new('--mime', '--mime', [CompletionResultType]::ParameterName, 'A ready RFC 5322 message, sent unchanged except for line ends, Bcc and repeated fields; `-` is standard input')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The format of the request: auto uses JSON unless the message needs MIME')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Check everything and print what would be sent, without network access; several requests are shown only as a plan')
            [CompletionResult]::new('--mailbox', '--mailbox', [CompletionResultType]::ParameterName, 'The mailbox: an address or an id [default: the account''s mailbox]')
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read only this configuration file')
            [CompletionResult]::new('--log-file', '--log-file', [CompletionResultType]::ParameterName, 'Append a line for each send to this file')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The maximum time for one request: 30s, 2m [default: 2m]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]')
            [CompletionResult]::new('--read-receipt', '--read-receipt', [CompletionResultType]::ParameterName, 'Request a read receipt')
            [CompletionResult]::new('--delivery-receipt', '--delivery-receipt', [CompletionResultType]::ParameterName, 'Request a delivery receipt')
            [CompletionResult]::new('--flag', '--flag', [CompletionResultType]::ParameterName, 'Flag the message for follow-up')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print exactly one JSON object on standard output, on success and on failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'graphmail;draft;list' {
            [CompletionResult]::new('--mailbox', '--mailbox', [CompletionResultType]::ParameterName, 'The mailbox: an address or an id [default: the account''s mailbox]')
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read only this configuration file')
            [CompletionResult]::new('--log-file', '--log-file', [CompletionResultType]::ParameterName, 'Append a line for each send to this file')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The maximum time for one request: 30s, 2m [default: 2m]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print exactly one JSON object on standard output, on success and on failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'graphmail;draft;send' {
            [CompletionResult]::new('--mailbox', '--mailbox', [CompletionResultType]::ParameterName, 'The mailbox: an address or an id [default: the account''s mailbox]')
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read only this configuration file')
            [CompletionResult]::new('--log-file', '--log-file', [CompletionResultType]::ParameterName, 'Append a line for each send to this file')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The maximum time for one request: 30s, 2m [default: 2m]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print exactly one JSON object on standard output, on success and on failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'graphmail;draft;delete' {
            [CompletionResult]::new('--mailbox', '--mailbox', [CompletionResultType]::ParameterName, 'The mailbox: an address or an id [default: the account''s mailbox]')
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read only this configuration file')
            [CompletionResult]::new('--log-file', '--log-file', [CompletionResultType]::ParameterName, 'Append a line for each send to this file')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The maximum time for one request: 30s, 2m [default: 2m]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print exactly one JSON object on standard output, on success and on failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'graphmail;draft;help' {
            [CompletionResult]::new('create', 'create', [CompletionResultType]::ParameterValue, 'Saves a message in Drafts without sending it')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Lists all drafts, newest first: id, creation time, recipients, subject')
            [CompletionResult]::new('send', 'send', [CompletionResultType]::ParameterValue, 'Sends a draft; if that fails, the draft stays in Drafts')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Moves a draft to Deleted Items; refuses a message that is not a draft')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'graphmail;draft;help;create' {
            break
        }
        'graphmail;draft;help;list' {
            break
        }
        'graphmail;draft;help;send' {
            break
        }
        'graphmail;draft;help;delete' {
            break
        }
        'graphmail;draft;help;help' {
            break
        }
        'graphmail;merge' {
            [CompletionResult]::new('--data', '--data', [CompletionResultType]::ParameterName, 'The rows: CSV with a header line, JSON lines or a JSON array of objects; `-` is standard input')
            [CompletionResult]::new('--delimiter', '--delimiter', [CompletionResultType]::ParameterName, 'What separates the columns of CSV: one character, or `tab` [default: comma, semicolon or tab, whichever the header line has most]')
            [CompletionResult]::new('--encoding', '--encoding', [CompletionResultType]::ParameterName, 'The encoding of the file, such as windows-1252 or utf-16le [default: UTF-8, or that of the byte order mark]')
            [CompletionResult]::new('--only', '--only', [CompletionResultType]::ParameterName, 'Only the rows for which this Jinja expression is true: `country == ''FR''`')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Send at most this many messages; the same command again sends the next ones')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'What identifies a row: a template such as `{{ id }}` [default: a digest of the message]')
            [CompletionResult]::new('-t', '-t', [CompletionResultType]::ParameterName, 'Recipients, as an RFC 5322 address list; repeatable')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'Recipients, as an RFC 5322 address list; repeatable')
            [CompletionResult]::new('-c', '-c', [CompletionResultType]::ParameterName, 'Recipients of a copy (Cc); repeatable')
            [CompletionResult]::new('--cc', '--cc', [CompletionResultType]::ParameterName, 'Recipients of a copy (Cc); repeatable')
            [CompletionResult]::new('-b', '-b', [CompletionResultType]::ParameterName, 'Recipients of a blind copy (Bcc); repeatable')
            [CompletionResult]::new('--bcc', '--bcc', [CompletionResultType]::ParameterName, 'Recipients of a blind copy (Bcc); repeatable')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'From, if it is not the sending mailbox')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'From, if it is not the sending mailbox')
            [CompletionResult]::new('--reply-to', '--reply-to', [CompletionResultType]::ParameterName, 'Reply-To: addresses for replies; repeatable')
            [CompletionResult]::new('-s', '-s', [CompletionResultType]::ParameterName, 'Subject')
            [CompletionResult]::new('--subject', '--subject', [CompletionResultType]::ParameterName, 'Subject')
            [CompletionResult]::new('--body', '--body', [CompletionResultType]::ParameterName, 'The text; `-` is standard input')
            [CompletionResult]::new('--body-file', '--body-file', [CompletionResultType]::ParameterName, 'The text, from a file; `-` is standard input')
            [CompletionResult]::new('--html', '--html', [CompletionResultType]::ParameterName, 'The HTML; a message can have both text and HTML; `-` is standard input')
            [CompletionResult]::new('--html-file', '--html-file', [CompletionResultType]::ParameterName, 'The HTML, from a file; `-` is standard input')
            [CompletionResult]::new('--markdown-file', '--markdown-file', [CompletionResultType]::ParameterName, 'Markdown, from a file: sent as text and, rendered, as HTML; `-` is standard input')
            [CompletionResult]::new('-a', '-a', [CompletionResultType]::ParameterName, 'A file to attach; repeatable; `PATH;name=N;type=T` sets name and type, `-;name=N` is standard input')
            [CompletionResult]::new('--attach', '--attach', [CompletionResultType]::ParameterName, 'A file to attach; repeatable; `PATH;name=N;type=T` sets name and type, `-;name=N` is standard input')
            [CompletionResult]::new('--inline', '--inline', [CompletionResultType]::ParameterName, 'An inline image, to which the HTML refers as `cid:CID`; repeatable')
            [CompletionResult]::new('-H', '-H ', [CompletionResultType]::ParameterName, 'A custom header field, `Name: value`; repeatable')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'A custom header field, `Name: value`; repeatable')
            [CompletionResult]::new('--importance', '--importance', [CompletionResultType]::ParameterName, 'The importance of the message')
            [CompletionResult]::new('--category', '--category', [CompletionResultType]::ParameterName, 'An Outlook category; repeatable')
            [CompletionResult]::new('--sensitivity', '--sensitivity', [CompletionResultType]::ParameterName, 'The sensitivity of the message')
            [CompletionResult]::new('--flag-start', '--flag-start', [CompletionResultType]::ParameterName, 'When the follow-up begins: RFC 3339, local `YYYY-MM-DD HH:MM`, or `+2h`')
            [CompletionResult]::new('--flag-due', '--flag-due', [CompletionResultType]::ParameterName, 'When the follow-up is due')
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'Exchange holds the message until then: RFC 3339, local `YYYY-MM-DD HH:MM`, or `+2h`')
            [CompletionResult]::new('--in-reply-to', '--in-reply-to', [CompletionResultType]::ParameterName, 'The Message-ID of the message that this one answers')
            [CompletionResult]::new('--references', '--references', [CompletionResultType]::ParameterName, 'The Message-IDs of the thread, oldest first')
            [CompletionResult]::new('--message-id', '--message-id', [CompletionResultType]::ParameterName, 'The Message-ID of this message')
            [CompletionResult]::new('--mailbox', '--mailbox', [CompletionResultType]::ParameterName, 'The sending mailbox: an address or an id [default: the account''s mailbox]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The format of the requests: auto uses JSON unless the message needs MIME')
            [CompletionResult]::new('--journal', '--journal', [CompletionResultType]::ParameterName, 'The journal [default: a file in the state folder for this account, mailbox and data file]')
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Write the result of each row to this CSV file: row, key, status, message_id, error')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Check everything and print a summary and the first message, without network access')
            [CompletionResult]::new('--row', '--row', [CompletionResultType]::ParameterName, 'The row that --dry-run shows; row 1 follows the header line')
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read only this configuration file')
            [CompletionResult]::new('--log-file', '--log-file', [CompletionResultType]::ParameterName, 'Append a line for each send to this file')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The maximum time for one request: 30s, 2m [default: 2m]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]')
            [CompletionResult]::new('--read-receipt', '--read-receipt', [CompletionResultType]::ParameterName, 'Request a read receipt')
            [CompletionResult]::new('--delivery-receipt', '--delivery-receipt', [CompletionResultType]::ParameterName, 'Request a delivery receipt')
            [CompletionResult]::new('--flag', '--flag', [CompletionResultType]::ParameterName, 'Flag the message for follow-up')
            [CompletionResult]::new('--no-save', '--no-save', [CompletionResultType]::ParameterName, 'Do not save copies in Sent Items; a message above 4 MB is refused then')
            [CompletionResult]::new('--draft', '--draft', [CompletionResultType]::ParameterName, 'Leave the messages in Drafts instead of sending them')
            [CompletionResult]::new('--resend-doubtful', '--resend-doubtful', [CompletionResultType]::ParameterName, 'Send messages again that may have been sent, unless they are found in Sent Items; look there first')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before sending; required if standard input or standard error is not a terminal')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print exactly one JSON object on standard output, on success and on failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'graphmail;outbox' {
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read only this configuration file')
            [CompletionResult]::new('--log-file', '--log-file', [CompletionResultType]::ParameterName, 'Append a line for each send to this file')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The maximum time for one request: 30s, 2m [default: 2m]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print exactly one JSON object on standard output, on success and on failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Lists queued messages, oldest first')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Shows one entry, and what became of one that was sent')
            [CompletionResult]::new('flush', 'flush', [CompletionResultType]::ParameterValue, 'Sends the entries that are due')
            [CompletionResult]::new('retry', 'retry', [CompletionResultType]::ParameterValue, 'Requeues failed entries, and doubtful ones with --yes')
            [CompletionResult]::new('drop', 'drop', [CompletionResultType]::ParameterValue, 'Removes entries from the outbox for good')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'graphmail;outbox;list' {
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read only this configuration file')
            [CompletionResult]::new('--log-file', '--log-file', [CompletionResultType]::ParameterName, 'Append a line for each send to this file')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The maximum time for one request: 30s, 2m [default: 2m]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print exactly one JSON object on standard output, on success and on failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'graphmail;outbox;show' {
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read only this configuration file')
            [CompletionResult]::new('--log-file', '--log-file', [CompletionResultType]::ParameterName, 'Append a line for each send to this file')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The maximum time for one request: 30s, 2m [default: 2m]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]')
            [CompletionResult]::new('--message', '--message', [CompletionResultType]::ParameterName, 'Print the message itself, as it is sent: RFC 5322 or Graph''s JSON; or as `sendmail` read it')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print exactly one JSON object on standard output, on success and on failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'graphmail;outbox;flush' {
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read only this configuration file')
            [CompletionResult]::new('--log-file', '--log-file', [CompletionResultType]::ParameterName, 'Append a line for each send to this file')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The maximum time for one request: 30s, 2m [default: 2m]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Also send entries that are not due yet')
            [CompletionResult]::new('--now', '--now', [CompletionResultType]::ParameterName, 'Also send entries that are not due yet, from throttled mailboxes too')
            [CompletionResult]::new('--all-users', '--all-users', [CompletionResultType]::ParameterName, 'Also flush the outboxes of all users of this host, as these users; only for root')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print exactly one JSON object on standard output, on success and on failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'graphmail;outbox;retry' {
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read only this configuration file')
            [CompletionResult]::new('--log-file', '--log-file', [CompletionResultType]::ParameterName, 'Append a line for each send to this file')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The maximum time for one request: 30s, 2m [default: 2m]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Requeue doubtful entries too, although they may have been sent')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print exactly one JSON object on standard output, on success and on failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'graphmail;outbox;drop' {
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read only this configuration file')
            [CompletionResult]::new('--log-file', '--log-file', [CompletionResultType]::ParameterName, 'Append a line for each send to this file')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The maximum time for one request: 30s, 2m [default: 2m]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print exactly one JSON object on standard output, on success and on failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'graphmail;outbox;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Lists queued messages, oldest first')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Shows one entry, and what became of one that was sent')
            [CompletionResult]::new('flush', 'flush', [CompletionResultType]::ParameterValue, 'Sends the entries that are due')
            [CompletionResult]::new('retry', 'retry', [CompletionResultType]::ParameterValue, 'Requeues failed entries, and doubtful ones with --yes')
            [CompletionResult]::new('drop', 'drop', [CompletionResultType]::ParameterValue, 'Removes entries from the outbox for good')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'graphmail;outbox;help;list' {
            break
        }
        'graphmail;outbox;help;show' {
            break
        }
        'graphmail;outbox;help;flush' {
            break
        }
        'graphmail;outbox;help;retry' {
            break
        }
        'graphmail;outbox;help;drop' {
            break
        }
        'graphmail;outbox;help;help' {
            break
        }
        'graphmail;smtpd' {
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Listen on this address and port; repeatable')
            [CompletionResult]::new('--socket', '--socket', [CompletionResultType]::ParameterName, 'Listen on this Unix socket, which all users of the host may use')
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read only this configuration file')
            [CompletionResult]::new('--log-file', '--log-file', [CompletionResultType]::ParameterName, 'Append a line for each send to this file')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The maximum time for one request: 30s, 2m [default: 2m]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]')
            [CompletionResult]::new('--hash-password', '--hash-password', [CompletionResultType]::ParameterName, 'Print the hash of a password for [smtpd.users], and end: the first line of standard input')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print exactly one JSON object on standard output, on success and on failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'graphmail;login' {
            [CompletionResult]::new('--client-id', '--client-id', [CompletionResultType]::ParameterName, 'The application (client) id of the registration')
            [CompletionResult]::new('--tenant', '--tenant', [CompletionResultType]::ParameterName, 'The tenant: a domain or an id')
            [CompletionResult]::new('--cloud', '--cloud', [CompletionResultType]::ParameterName, 'The cloud: global, usgov, dod, china, or a cloud of the configuration')
            [CompletionResult]::new('--client-secret-file', '--client-secret-file', [CompletionResultType]::ParameterName, 'The application signs in with the client secret in this file; `-` is standard input')
            [CompletionResult]::new('--client-secret-command', '--client-secret-command', [CompletionResultType]::ParameterName, 'The application signs in with the client secret that this command prints; it runs for each token')
            [CompletionResult]::new('--certificate', '--certificate', [CompletionResultType]::ParameterName, 'The application signs in with the certificate and its RSA key in this PEM file')
            [CompletionResult]::new('--certificate-password-file', '--certificate-password-file', [CompletionResultType]::ParameterName, 'The file with the password of a PKCS#12 certificate')
            [CompletionResult]::new('--federated-token-file', '--federated-token-file', [CompletionResultType]::ParameterName, 'The application signs in with another issuer''s token in this file; it is read for each token')
            [CompletionResult]::new('--token-command', '--token-command', [CompletionResultType]::ParameterName, 'A command that prints an access token; it runs for each send')
            [CompletionResult]::new('--managed-identity', '--managed-identity', [CompletionResultType]::ParameterName, 'The managed identity of this Azure host: a virtual machine, App Service, Functions, Container Apps, an Arc server')
            [CompletionResult]::new('--scopes', '--scopes', [CompletionResultType]::ParameterName, 'The permissions to ask the user for: send; drafts for large messages; shared for other users'' mailboxes')
            [CompletionResult]::new('--mailbox', '--mailbox', [CompletionResultType]::ParameterName, 'The mailbox to send from, if not the signed-in user''s own')
            [CompletionResult]::new('--token-store', '--token-store', [CompletionResultType]::ParameterName, 'Where tokens are kept: keyring, file (readable for this user only) or none')
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read only this configuration file')
            [CompletionResult]::new('--log-file', '--log-file', [CompletionResultType]::ParameterName, 'Append a line for each send to this file')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The maximum time for one request: 30s, 2m [default: 2m]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]')
            [CompletionResult]::new('--device-code', '--device-code', [CompletionResultType]::ParameterName, 'A user signs in once on any device with a browser (the default)')
            [CompletionResult]::new('--browser', '--browser', [CompletionResultType]::ParameterName, 'A user signs in once with this host''s browser, if the tenant forbids device codes')
            [CompletionResult]::new('--no-open', '--no-open', [CompletionResultType]::ParameterName, 'Print the page''s URL and do not open a browser')
            [CompletionResult]::new('--send-certificate-chain', '--send-certificate-chain', [CompletionResultType]::ParameterName, 'Send the certificates too, for a registration that trusts their subject and issuer')
            [CompletionResult]::new('--github-actions', '--github-actions', [CompletionResultType]::ParameterName, 'The application signs in with the token that GitHub Actions issues to the job')
            [CompletionResult]::new('--azure-cli', '--azure-cli', [CompletionResultType]::ParameterName, 'The sign-in of the Azure CLI, `az login`; az is asked for each send')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print exactly one JSON object on standard output, on success and on failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'graphmail;logout' {
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read only this configuration file')
            [CompletionResult]::new('--log-file', '--log-file', [CompletionResultType]::ParameterName, 'Append a line for each send to this file')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The maximum time for one request: 30s, 2m [default: 2m]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print exactly one JSON object on standard output, on success and on failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'graphmail;status' {
            [CompletionResult]::new('--warn-days', '--warn-days', [CompletionResultType]::ParameterName, 'Exits 77 if the credential is known to expire within this many days')
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read only this configuration file')
            [CompletionResult]::new('--log-file', '--log-file', [CompletionResultType]::ParameterName, 'Append a line for each send to this file')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The maximum time for one request: 30s, 2m [default: 2m]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Obtain a new token; exits 77 if none can be obtained')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print exactly one JSON object on standard output, on success and on failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'graphmail;keepalive' {
            [CompletionResult]::new('--print', '--print', [CompletionResultType]::ParameterName, 'Print the weekly job that does this, and renew nothing')
            [CompletionResult]::new('--install', '--install', [CompletionResultType]::ParameterName, 'Install the weekly job: a timer of the user''s systemd, or a line in the user''s crontab')
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read only this configuration file')
            [CompletionResult]::new('--log-file', '--log-file', [CompletionResultType]::ParameterName, 'Append a line for each send to this file')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The maximum time for one request: 30s, 2m [default: 2m]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Renew all accounts of the configuration')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print exactly one JSON object on standard output, on success and on failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'graphmail;accounts' {
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read only this configuration file')
            [CompletionResult]::new('--log-file', '--log-file', [CompletionResultType]::ParameterName, 'Append a line for each send to this file')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The maximum time for one request: 30s, 2m [default: 2m]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print exactly one JSON object on standard output, on success and on failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Lists the accounts, also that of the environment; a star marks the default')
            [CompletionResult]::new('use', 'use', [CompletionResultType]::ParameterValue, 'Makes an account the default')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Removes an account and its tokens')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'graphmail;accounts;list' {
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read only this configuration file')
            [CompletionResult]::new('--log-file', '--log-file', [CompletionResultType]::ParameterName, 'Append a line for each send to this file')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The maximum time for one request: 30s, 2m [default: 2m]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print exactly one JSON object on standard output, on success and on failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'graphmail;accounts;use' {
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read only this configuration file')
            [CompletionResult]::new('--log-file', '--log-file', [CompletionResultType]::ParameterName, 'Append a line for each send to this file')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The maximum time for one request: 30s, 2m [default: 2m]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print exactly one JSON object on standard output, on success and on failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'graphmail;accounts;remove' {
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read only this configuration file')
            [CompletionResult]::new('--log-file', '--log-file', [CompletionResultType]::ParameterName, 'Append a line for each send to this file')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The maximum time for one request: 30s, 2m [default: 2m]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print exactly one JSON object on standard output, on success and on failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'graphmail;accounts;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Lists the accounts, also that of the environment; a star marks the default')
            [CompletionResult]::new('use', 'use', [CompletionResultType]::ParameterValue, 'Makes an account the default')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Removes an account and its tokens')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'graphmail;accounts;help;list' {
            break
        }
        'graphmail;accounts;help;use' {
            break
        }
        'graphmail;accounts;help;remove' {
            break
        }
        'graphmail;accounts;help;help' {
            break
        }
        'graphmail;doctor' {
            [CompletionResult]::new('--admin', '--admin', [CompletionResultType]::ParameterName, 'Print how an administrator grants permissions to this account: its mailbox only, or consent')
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read only this configuration file')
            [CompletionResult]::new('--log-file', '--log-file', [CompletionResultType]::ParameterName, 'Append a line for each send to this file')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The maximum time for one request: 30s, 2m [default: 2m]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]')
            [CompletionResult]::new('--as-cron', '--as-cron', [CompletionResultType]::ParameterName, 'Run the checks in the environment of a cron job: HOME, LOGNAME, SHELL and PATH only')
            [CompletionResult]::new('--large', '--large', [CompletionResultType]::ParameterName, 'Fail if messages of more than 3 MB cannot be sent')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print exactly one JSON object on standard output, on success and on failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'graphmail;sandbox' {
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'The port on loopback; 0 means a free one')
            [CompletionResult]::new('--folder', '--folder', [CompletionResultType]::ParameterName, 'The folder for NNNN.json and NNNN.eml of each accepted message')
            [CompletionResult]::new('--mailbox', '--mailbox', [CompletionResultType]::ParameterName, 'An address that exists and can send; the first is the user''s; repeatable')
            [CompletionResult]::new('--permission', '--permission', [CompletionResultType]::ParameterName, 'A Graph permission that consent grants; repeatable')
            [CompletionResult]::new('--certificate', '--certificate', [CompletionResultType]::ParameterName, 'A file with certificates to register, in PEM or DER; repeatable')
            [CompletionResult]::new('--federated-token-file', '--federated-token-file', [CompletionResultType]::ParameterName, 'A file with the token of another issuer to accept')
            [CompletionResult]::new('--client-secret-file', '--client-secret-file', [CompletionResultType]::ParameterName, 'A file with the only client secret to accept')
            [CompletionResult]::new('--polls', '--polls', [CompletionResultType]::ParameterName, 'How many times a device code is pending before it is approved')
            [CompletionResult]::new('--message-limit', '--message-limit', [CompletionResultType]::ParameterName, 'The largest message that a mailbox can send, in bytes or as in 150MB; default 35MB')
            [CompletionResult]::new('--bounce', '--bounce', [CompletionResultType]::ParameterName, 'Addresses to which nothing is delivered, `*` for any text: `*@bad.example`; repeatable')
            [CompletionResult]::new('--fault', '--fault', [CompletionResultType]::ParameterName, 'A fault to simulate: ''POST /me/sendMail=429,retry-after=2''; repeatable')
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read only this configuration file')
            [CompletionResult]::new('--log-file', '--log-file', [CompletionResultType]::ParameterName, 'Append a line for each send to this file')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The maximum time for one request: 30s, 2m [default: 2m]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]')
            [CompletionResult]::new('--background', '--background', [CompletionResultType]::ParameterName, 'Print the environment for `eval`, and keep running in the background')
            [CompletionResult]::new('--managed-identity', '--managed-identity', [CompletionResultType]::ParameterName, 'Give the command a managed identity, as App Service does')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print exactly one JSON object on standard output, on success and on failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'graphmail;completions' {
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read only this configuration file')
            [CompletionResult]::new('--log-file', '--log-file', [CompletionResultType]::ParameterName, 'Append a line for each send to this file')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The maximum time for one request: 30s, 2m [default: 2m]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print exactly one JSON object on standard output, on success and on failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'graphmail;man' {
            [CompletionResult]::new('-A', '-A ', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account to use: see `accounts list`')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read only this configuration file')
            [CompletionResult]::new('--log-file', '--log-file', [CompletionResultType]::ParameterName, 'Append a line for each send to this file')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'The maximum time for one request: 30s, 2m [default: 2m]')
            [CompletionResult]::new('--max-wait', '--max-wait', [CompletionResultType]::ParameterName, 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print exactly one JSON object on standard output, on success and on failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print more messages; twice: also each HTTP exchange, without secrets and bodies')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'graphmail;help' {
            [CompletionResult]::new('send', 'send', [CompletionResultType]::ParameterValue, 'Sends a message composed from flags, or a ready message')
            [CompletionResult]::new('draft', 'draft', [CompletionResultType]::ParameterValue, 'Creates, lists, sends and deletes drafts')
            [CompletionResult]::new('merge', 'merge', [CompletionResultType]::ParameterValue, 'Sends one personal message for each row of a CSV or JSON file')
            [CompletionResult]::new('outbox', 'outbox', [CompletionResultType]::ParameterValue, 'Lists, sends and drops queued messages')
            [CompletionResult]::new('sendmail', 'sendmail', [CompletionResultType]::ParameterValue, 'Sends a message as /usr/sbin/sendmail does; also under the names sendmail, mailq and newaliases')
            [CompletionResult]::new('smtpd', 'smtpd', [CompletionResultType]::ParameterValue, 'Runs the host''s mail service: takes messages by SMTP, queues them and sends them')
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Signs in and stores the account')
            [CompletionResult]::new('logout', 'logout', [CompletionResultType]::ParameterValue, 'Removes the stored tokens of an account; `accounts remove` also removes the account')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Shows the account, its permissions, and when its credential and its token expire')
            [CompletionResult]::new('keepalive', 'keepalive', [CompletionResultType]::ParameterValue, 'Renews the sign-in of an account, which otherwise expires after 90 days without use')
            [CompletionResult]::new('accounts', 'accounts', [CompletionResultType]::ParameterValue, 'Lists, chooses and removes accounts')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Checks everything that is needed to send mail, and says how to fix it')
            [CompletionResult]::new('sandbox', 'sandbox', [CompletionResultType]::ParameterValue, 'Simulates Entra and Graph on this host, and can run a command in this sandbox')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Prints the completions of a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Shows a page of the manual, or writes all pages into a folder')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'graphmail;help;send' {
            break
        }
        'graphmail;help;draft' {
            [CompletionResult]::new('create', 'create', [CompletionResultType]::ParameterValue, 'Saves a message in Drafts without sending it')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Lists all drafts, newest first: id, creation time, recipients, subject')
            [CompletionResult]::new('send', 'send', [CompletionResultType]::ParameterValue, 'Sends a draft; if that fails, the draft stays in Drafts')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Moves a draft to Deleted Items; refuses a message that is not a draft')
            break
        }
        'graphmail;help;draft;create' {
            break
        }
        'graphmail;help;draft;list' {
            break
        }
        'graphmail;help;draft;send' {
            break
        }
        'graphmail;help;draft;delete' {
            break
        }
        'graphmail;help;merge' {
            break
        }
        'graphmail;help;outbox' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Lists queued messages, oldest first')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Shows one entry, and what became of one that was sent')
            [CompletionResult]::new('flush', 'flush', [CompletionResultType]::ParameterValue, 'Sends the entries that are due')
            [CompletionResult]::new('retry', 'retry', [CompletionResultType]::ParameterValue, 'Requeues failed entries, and doubtful ones with --yes')
            [CompletionResult]::new('drop', 'drop', [CompletionResultType]::ParameterValue, 'Removes entries from the outbox for good')
            break
        }
        'graphmail;help;outbox;list' {
            break
        }
        'graphmail;help;outbox;show' {
            break
        }
        'graphmail;help;outbox;flush' {
            break
        }
        'graphmail;help;outbox;retry' {
            break
        }
        'graphmail;help;outbox;drop' {
            break
        }
        'graphmail;help;sendmail' {
            break
        }
        'graphmail;help;smtpd' {
            break
        }
        'graphmail;help;login' {
            break
        }
        'graphmail;help;logout' {
            break
        }
        'graphmail;help;status' {
            break
        }
        'graphmail;help;keepalive' {
            break
        }
        'graphmail;help;accounts' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Lists the accounts, also that of the environment; a star marks the default')
            [CompletionResult]::new('use', 'use', [CompletionResultType]::ParameterValue, 'Makes an account the default')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Removes an account and its tokens')
            break
        }
        'graphmail;help;accounts;list' {
            break
        }
        'graphmail;help;accounts;use' {
            break
        }
        'graphmail;help;accounts;remove' {
            break
        }
        'graphmail;help;doctor' {
            break
        }
        'graphmail;help;sandbox' {
            break
        }
        'graphmail;help;completions' {
            break
        }
        'graphmail;help;man' {
            break
        }
        'graphmail;help;help' {
            break
        }
        'graphmail;sendmail' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
