
use builtin;
use str;

set edit:completion:arg-completer[graphmail] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'graphmail'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'graphmail'= {
            cand -A 'The account to use, of those that `accounts list` shows'
            cand --account 'The account to use, of those that `accounts list` shows'
            cand --config 'Read this configuration file, alone'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The longest that one request may take: 30s, 2m [default: 2m]'
            cand --max-wait 'The longest that all waits for throttling and retries may take together [default: 1m; 10s for a message that can wait in the outbox]'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand --verbose 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
            cand send 'Composes a message from flags, or takes a ready one, and sends it'
            cand draft 'Creates, lists, sends and deletes drafts'
            cand outbox 'Lists, sends and drops queued messages'
            cand login 'Signs in and stores the account'
            cand logout 'Removes the stored tokens of an account; `accounts remove` also removes the account'
            cand status 'Shows the account, its rights, and how long its credential and its token last'
            cand keepalive 'Renews the sign-in of an account, which otherwise expires after 90 days without use'
            cand accounts 'Lists, chooses and removes accounts'
            cand doctor 'Checks everything that is needed to send mail, and says how to fix it'
            cand sandbox 'Simulates Entra and Graph on this host, and can run a command in this sandbox'
            cand completions 'Prints the completions of a shell'
            cand man 'Prints the manual, or writes its pages into a folder'
            cand help 'Print this message or the help of the given subcommand(s)'
            cand sendmail 'Sends a message as /usr/sbin/sendmail does; also under the names sendmail, mailq and newaliases'
        }
        &'graphmail;send'= {
            cand -t 'Recipients, as an RFC 5322 list; repeatable'
            cand --to 'Recipients, as an RFC 5322 list; repeatable'
            cand -c 'Recipients of a copy; repeatable'
            cand --cc 'Recipients of a copy; repeatable'
            cand -b 'Recipients of a copy that the others do not see; repeatable'
            cand --bcc 'Recipients of a copy that the others do not see; repeatable'
            cand -f 'From, if it is not the mailbox that sends'
            cand --from 'From, if it is not the mailbox that sends'
            cand --reply-to 'Where answers go; repeatable'
            cand -s 'Subject'
            cand --subject 'Subject'
            cand --body 'The text; `-` is standard input'
            cand --body-file 'The text, from a file; `-` is standard input'
            cand --html 'The HTML; with a text the message carries both; `-` is standard input'
            cand --html-file 'The HTML, from a file; `-` is standard input'
            cand --markdown-file 'Markdown, from a file: sent as it is and rendered as HTML; `-` is standard input'
            cand -a 'A file to attach; repeatable; `PATH;name=N;type=T` renames and types, `-;name=N` is standard input'
            cand --attach 'A file to attach; repeatable; `PATH;name=N;type=T` renames and types, `-;name=N` is standard input'
            cand --inline 'An image that the HTML names as `cid:CID`; repeatable'
            cand -H 'A header field, `Name: value`; repeatable'
            cand --header 'A header field, `Name: value`; repeatable'
            cand --importance 'How urgent it is'
            cand --category 'An Outlook category; repeatable'
            cand --sensitivity 'How confidential it is'
            cand --flag-start 'When the follow-up begins: RFC 3339, local `YYYY-MM-DD HH:MM`, or `+2h`'
            cand --flag-due 'When the follow-up is due'
            cand --at 'Hold it in the service until then: RFC 3339, local `YYYY-MM-DD HH:MM`, or `+2h`'
            cand --in-reply-to 'The Message-ID that it answers'
            cand --references 'The Message-IDs of its thread, oldest first'
            cand --message-id 'Its own Message-ID'
            cand --mime 'A ready RFC 5322 message, sent byte for byte save for line ends and Bcc; `-` is standard input'
            cand --format 'What the message travels as: auto takes JSON unless the message needs MIME'
            cand --dry-run 'Check everything and print what would be sent, without touching the network; what goes in several requests is shown as a plan alone'
            cand --mailbox 'Whose mailbox sends: an address or an id; else the account''s own'
            cand --queue 'Keep the message in the outbox [default: never]'
            cand --idempotency-key 'Send one message under this key: a repeat sends nothing and says so'
            cand -A 'The account to use, of those that `accounts list` shows'
            cand --account 'The account to use, of those that `accounts list` shows'
            cand --config 'Read this configuration file, alone'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The longest that one request may take: 30s, 2m [default: 2m]'
            cand --max-wait 'The longest that all waits for throttling and retries may take together [default: 1m; 10s for a message that can wait in the outbox]'
            cand --read-receipt 'Ask to be told when it is read'
            cand --delivery-receipt 'Ask to be told when it is delivered'
            cand --flag 'Flag it for follow-up'
            cand --no-save 'Keep no copy in Sent Items; refused for what fits no single request, for a sent draft leaves one'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand --verbose 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'graphmail;draft'= {
            cand --mailbox 'Whose mailbox: an address or an id; else the account''s own'
            cand -A 'The account to use, of those that `accounts list` shows'
            cand --account 'The account to use, of those that `accounts list` shows'
            cand --config 'Read this configuration file, alone'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The longest that one request may take: 30s, 2m [default: 2m]'
            cand --max-wait 'The longest that all waits for throttling and retries may take together [default: 1m; 10s for a message that can wait in the outbox]'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand --verbose 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand create 'Leaves a message in Drafts, and does not send it'
            cand list 'Lists all that lies in Drafts, newest first: id, creation, recipients, subject'
            cand send 'Sends a draft; one that does not go stays where it is'
            cand delete 'Moves a draft to Deleted Items; what is no draft stays'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'graphmail;draft;create'= {
            cand -t 'Recipients, as an RFC 5322 list; repeatable'
            cand --to 'Recipients, as an RFC 5322 list; repeatable'
            cand -c 'Recipients of a copy; repeatable'
            cand --cc 'Recipients of a copy; repeatable'
            cand -b 'Recipients of a copy that the others do not see; repeatable'
            cand --bcc 'Recipients of a copy that the others do not see; repeatable'
            cand -f 'From, if it is not the mailbox that sends'
            cand --from 'From, if it is not the mailbox that sends'
            cand --reply-to 'Where answers go; repeatable'
            cand -s 'Subject'
            cand --subject 'Subject'
            cand --body 'The text; `-` is standard input'
            cand --body-file 'The text, from a file; `-` is standard input'
            cand --html 'The HTML; with a text the message carries both; `-` is standard input'
            cand --html-file 'The HTML, from a file; `-` is standard input'
            cand --markdown-file 'Markdown, from a file: sent as it is and rendered as HTML; `-` is standard input'
            cand -a 'A file to attach; repeatable; `PATH;name=N;type=T` renames and types, `-;name=N` is standard input'
            cand --attach 'A file to attach; repeatable; `PATH;name=N;type=T` renames and types, `-;name=N` is standard input'
            cand --inline 'An image that the HTML names as `cid:CID`; repeatable'
            cand -H 'A header field, `Name: value`; repeatable'
            cand --header 'A header field, `Name: value`; repeatable'
            cand --importance 'How urgent it is'
            cand --category 'An Outlook category; repeatable'
            cand --sensitivity 'How confidential it is'
            cand --flag-start 'When the follow-up begins: RFC 3339, local `YYYY-MM-DD HH:MM`, or `+2h`'
            cand --flag-due 'When the follow-up is due'
            cand --at 'Hold it in the service until then: RFC 3339, local `YYYY-MM-DD HH:MM`, or `+2h`'
            cand --in-reply-to 'The Message-ID that it answers'
            cand --references 'The Message-IDs of its thread, oldest first'
            cand --message-id 'Its own Message-ID'
            cand --mime 'A ready RFC 5322 message, sent byte for byte save for line ends and Bcc; `-` is standard input'
            cand --format 'What the message travels as: auto takes JSON unless the message needs MIME'
            cand --dry-run 'Check everything and print what would be sent, without touching the network; what goes in several requests is shown as a plan alone'
            cand --mailbox 'Whose mailbox: an address or an id; else the account''s own'
            cand -A 'The account to use, of those that `accounts list` shows'
            cand --account 'The account to use, of those that `accounts list` shows'
            cand --config 'Read this configuration file, alone'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The longest that one request may take: 30s, 2m [default: 2m]'
            cand --max-wait 'The longest that all waits for throttling and retries may take together [default: 1m; 10s for a message that can wait in the outbox]'
            cand --read-receipt 'Ask to be told when it is read'
            cand --delivery-receipt 'Ask to be told when it is delivered'
            cand --flag 'Flag it for follow-up'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand --verbose 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'graphmail;draft;list'= {
            cand --mailbox 'Whose mailbox: an address or an id; else the account''s own'
            cand -A 'The account to use, of those that `accounts list` shows'
            cand --account 'The account to use, of those that `accounts list` shows'
            cand --config 'Read this configuration file, alone'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The longest that one request may take: 30s, 2m [default: 2m]'
            cand --max-wait 'The longest that all waits for throttling and retries may take together [default: 1m; 10s for a message that can wait in the outbox]'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand --verbose 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'graphmail;draft;send'= {
            cand --mailbox 'Whose mailbox: an address or an id; else the account''s own'
            cand -A 'The account to use, of those that `accounts list` shows'
            cand --account 'The account to use, of those that `accounts list` shows'
            cand --config 'Read this configuration file, alone'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The longest that one request may take: 30s, 2m [default: 2m]'
            cand --max-wait 'The longest that all waits for throttling and retries may take together [default: 1m; 10s for a message that can wait in the outbox]'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand --verbose 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'graphmail;draft;delete'= {
            cand --mailbox 'Whose mailbox: an address or an id; else the account''s own'
            cand -A 'The account to use, of those that `accounts list` shows'
            cand --account 'The account to use, of those that `accounts list` shows'
            cand --config 'Read this configuration file, alone'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The longest that one request may take: 30s, 2m [default: 2m]'
            cand --max-wait 'The longest that all waits for throttling and retries may take together [default: 1m; 10s for a message that can wait in the outbox]'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand --verbose 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'graphmail;draft;help'= {
            cand create 'Leaves a message in Drafts, and does not send it'
            cand list 'Lists all that lies in Drafts, newest first: id, creation, recipients, subject'
            cand send 'Sends a draft; one that does not go stays where it is'
            cand delete 'Moves a draft to Deleted Items; what is no draft stays'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'graphmail;draft;help;create'= {
        }
        &'graphmail;draft;help;list'= {
        }
        &'graphmail;draft;help;send'= {
        }
        &'graphmail;draft;help;delete'= {
        }
        &'graphmail;draft;help;help'= {
        }
        &'graphmail;outbox'= {
            cand -A 'The account to use, of those that `accounts list` shows'
            cand --account 'The account to use, of those that `accounts list` shows'
            cand --config 'Read this configuration file, alone'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The longest that one request may take: 30s, 2m [default: 2m]'
            cand --max-wait 'The longest that all waits for throttling and retries may take together [default: 1m; 10s for a message that can wait in the outbox]'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand --verbose 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand list 'Lists queued messages, oldest first'
            cand show 'Shows one entry'
            cand flush 'Sends the entries that are due'
            cand retry 'Requeues failed entries, and doubtful ones with --yes'
            cand drop 'Removes entries from the outbox for good'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'graphmail;outbox;list'= {
            cand -A 'The account to use, of those that `accounts list` shows'
            cand --account 'The account to use, of those that `accounts list` shows'
            cand --config 'Read this configuration file, alone'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The longest that one request may take: 30s, 2m [default: 2m]'
            cand --max-wait 'The longest that all waits for throttling and retries may take together [default: 1m; 10s for a message that can wait in the outbox]'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand --verbose 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'graphmail;outbox;show'= {
            cand -A 'The account to use, of those that `accounts list` shows'
            cand --account 'The account to use, of those that `accounts list` shows'
            cand --config 'Read this configuration file, alone'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The longest that one request may take: 30s, 2m [default: 2m]'
            cand --max-wait 'The longest that all waits for throttling and retries may take together [default: 1m; 10s for a message that can wait in the outbox]'
            cand --message 'Print the message itself, as it is sent: RFC 5322 or Graph''s JSON'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand --verbose 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'graphmail;outbox;flush'= {
            cand -A 'The account to use, of those that `accounts list` shows'
            cand --account 'The account to use, of those that `accounts list` shows'
            cand --config 'Read this configuration file, alone'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The longest that one request may take: 30s, 2m [default: 2m]'
            cand --max-wait 'The longest that all waits for throttling and retries may take together [default: 1m; 10s for a message that can wait in the outbox]'
            cand --all 'Also send entries that are not due yet'
            cand --now 'Also send entries that are not due yet, from throttled mailboxes too'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand --verbose 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'graphmail;outbox;retry'= {
            cand -A 'The account to use, of those that `accounts list` shows'
            cand --account 'The account to use, of those that `accounts list` shows'
            cand --config 'Read this configuration file, alone'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The longest that one request may take: 30s, 2m [default: 2m]'
            cand --max-wait 'The longest that all waits for throttling and retries may take together [default: 1m; 10s for a message that can wait in the outbox]'
            cand --yes 'Requeue doubtful entries too, although they may have been sent'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand --verbose 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'graphmail;outbox;drop'= {
            cand -A 'The account to use, of those that `accounts list` shows'
            cand --account 'The account to use, of those that `accounts list` shows'
            cand --config 'Read this configuration file, alone'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The longest that one request may take: 30s, 2m [default: 2m]'
            cand --max-wait 'The longest that all waits for throttling and retries may take together [default: 1m; 10s for a message that can wait in the outbox]'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand --verbose 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'graphmail;outbox;help'= {
            cand list 'Lists queued messages, oldest first'
            cand show 'Shows one entry'
            cand flush 'Sends the entries that are due'
            cand retry 'Requeues failed entries, and doubtful ones with --yes'
            cand drop 'Removes entries from the outbox for good'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'graphmail;outbox;help;list'= {
        }
        &'graphmail;outbox;help;show'= {
        }
        &'graphmail;outbox;help;flush'= {
        }
        &'graphmail;outbox;help;retry'= {
        }
        &'graphmail;outbox;help;drop'= {
        }
        &'graphmail;outbox;help;help'= {
        }
        &'graphmail;login'= {
            cand --client-id 'The application (client) id of the registration'
            cand --tenant 'The tenant: a domain or an id'
            cand --cloud 'The cloud: global, usgov, dod, china, or one of the configuration''s own'
            cand --client-secret-file 'The application signs in with the client secret in this file; `-` is standard input'
            cand --client-secret-command 'The application signs in with the client secret that this command prints, run for each token'
            cand --certificate 'The application signs in with the certificate and its RSA key in this PEM file'
            cand --certificate-password-file 'The file with the password of a PKCS#12 certificate'
            cand --federated-token-file 'The application signs in with another issuer''s token in this file, read for each token'
            cand --token-command 'A command that prints an access token, run for each send'
            cand --managed-identity 'The identity that Azure gives this host: a virtual machine, App Service, Functions, Container Apps, an Arc server'
            cand --scopes 'What to ask the user''s consent for: send; drafts for large messages; shared for the mailboxes of others'
            cand --mailbox 'The mailbox to send out of, if not the signed-in user''s own'
            cand --token-store 'Where tokens are kept: keyring, file (for this user alone) or none, for what each run has anew'
            cand -A 'The account to use, of those that `accounts list` shows'
            cand --account 'The account to use, of those that `accounts list` shows'
            cand --config 'Read this configuration file, alone'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The longest that one request may take: 30s, 2m [default: 2m]'
            cand --max-wait 'The longest that all waits for throttling and retries may take together [default: 1m; 10s for a message that can wait in the outbox]'
            cand --device-code 'A person signs in once on any device with a browser (the default)'
            cand --browser 'A person signs in once with this host''s browser, where the tenant forbids the code'
            cand --no-open 'Prints the page''s URL and opens no browser'
            cand --send-certificate-chain 'Send the certificates along, for a registration that trusts their subject and issuer'
            cand --github-actions 'The application signs in with the token that GitHub Actions gives the job'
            cand --azure-cli 'The sign-in of the Azure CLI, `az login`, asked for each send'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand --verbose 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'graphmail;logout'= {
            cand -A 'The account to use, of those that `accounts list` shows'
            cand --account 'The account to use, of those that `accounts list` shows'
            cand --config 'Read this configuration file, alone'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The longest that one request may take: 30s, 2m [default: 2m]'
            cand --max-wait 'The longest that all waits for throttling and retries may take together [default: 1m; 10s for a message that can wait in the outbox]'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand --verbose 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'graphmail;status'= {
            cand --warn-days 'Exit status 77 where the credential is known to end within so many days'
            cand -A 'The account to use, of those that `accounts list` shows'
            cand --account 'The account to use, of those that `accounts list` shows'
            cand --config 'Read this configuration file, alone'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The longest that one request may take: 30s, 2m [default: 2m]'
            cand --max-wait 'The longest that all waits for throttling and retries may take together [default: 1m; 10s for a message that can wait in the outbox]'
            cand --check 'Obtain a token, even where there is a good one; exit status 77 where none can be had'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand --verbose 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'graphmail;keepalive'= {
            cand --print 'Print the weekly job that does this, and renew nothing'
            cand --install 'Install the weekly job: a timer of the user''s systemd, or a line in the user''s crontab'
            cand -A 'The account to use, of those that `accounts list` shows'
            cand --account 'The account to use, of those that `accounts list` shows'
            cand --config 'Read this configuration file, alone'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The longest that one request may take: 30s, 2m [default: 2m]'
            cand --max-wait 'The longest that all waits for throttling and retries may take together [default: 1m; 10s for a message that can wait in the outbox]'
            cand --all 'Renew all accounts of the configuration'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand --verbose 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'graphmail;accounts'= {
            cand -A 'The account to use, of those that `accounts list` shows'
            cand --account 'The account to use, of those that `accounts list` shows'
            cand --config 'Read this configuration file, alone'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The longest that one request may take: 30s, 2m [default: 2m]'
            cand --max-wait 'The longest that all waits for throttling and retries may take together [default: 1m; 10s for a message that can wait in the outbox]'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand --verbose 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand -h 'Print help'
            cand --help 'Print help'
            cand list 'Lists the accounts; a star marks the default'
            cand use 'Makes an account the default'
            cand remove 'Forgets an account, its tokens too'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'graphmail;accounts;list'= {
            cand -A 'The account to use, of those that `accounts list` shows'
            cand --account 'The account to use, of those that `accounts list` shows'
            cand --config 'Read this configuration file, alone'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The longest that one request may take: 30s, 2m [default: 2m]'
            cand --max-wait 'The longest that all waits for throttling and retries may take together [default: 1m; 10s for a message that can wait in the outbox]'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand --verbose 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'graphmail;accounts;use'= {
            cand -A 'The account to use, of those that `accounts list` shows'
            cand --account 'The account to use, of those that `accounts list` shows'
            cand --config 'Read this configuration file, alone'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The longest that one request may take: 30s, 2m [default: 2m]'
            cand --max-wait 'The longest that all waits for throttling and retries may take together [default: 1m; 10s for a message that can wait in the outbox]'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand --verbose 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'graphmail;accounts;remove'= {
            cand -A 'The account to use, of those that `accounts list` shows'
            cand --account 'The account to use, of those that `accounts list` shows'
            cand --config 'Read this configuration file, alone'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The longest that one request may take: 30s, 2m [default: 2m]'
            cand --max-wait 'The longest that all waits for throttling and retries may take together [default: 1m; 10s for a message that can wait in the outbox]'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand --verbose 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'graphmail;accounts;help'= {
            cand list 'Lists the accounts; a star marks the default'
            cand use 'Makes an account the default'
            cand remove 'Forgets an account, its tokens too'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'graphmail;accounts;help;list'= {
        }
        &'graphmail;accounts;help;use'= {
        }
        &'graphmail;accounts;help;remove'= {
        }
        &'graphmail;accounts;help;help'= {
        }
        &'graphmail;doctor'= {
            cand -A 'The account to use, of those that `accounts list` shows'
            cand --account 'The account to use, of those that `accounts list` shows'
            cand --config 'Read this configuration file, alone'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The longest that one request may take: 30s, 2m [default: 2m]'
            cand --max-wait 'The longest that all waits for throttling and retries may take together [default: 1m; 10s for a message that can wait in the outbox]'
            cand --as-cron 'Run the checks in the environment of a cron job: HOME, LOGNAME, SHELL and PATH only'
            cand --admin 'Print how an administrator grants permissions to this account: consent, or its mailbox only'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand --verbose 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'graphmail;sandbox'= {
            cand --port 'The port on loopback; 0 means a free one'
            cand --folder 'The folder for NNNN.json and NNNN.eml of each accepted message'
            cand --mailbox 'An address that exists and can send; the first is the user''s; repeatable'
            cand --permission 'A Graph permission that consent grants; repeatable'
            cand --certificate 'A file with certificates to register, in PEM or DER; repeatable'
            cand --federated-token-file 'A file with the token of another issuer to accept'
            cand --client-secret-file 'A file with the only client secret to accept'
            cand --polls 'How many times a device code is pending before it is approved'
            cand --message-limit 'The largest message that a mailbox can send, in bytes or as in 150MB; default 35MB'
            cand --fault 'A fault to simulate: ''POST /me/sendMail=429,retry-after=2''; repeatable'
            cand -A 'The account to use, of those that `accounts list` shows'
            cand --account 'The account to use, of those that `accounts list` shows'
            cand --config 'Read this configuration file, alone'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The longest that one request may take: 30s, 2m [default: 2m]'
            cand --max-wait 'The longest that all waits for throttling and retries may take together [default: 1m; 10s for a message that can wait in the outbox]'
            cand --managed-identity 'Give the command a managed identity, as App Service does'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand --verbose 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'graphmail;completions'= {
            cand -A 'The account to use, of those that `accounts list` shows'
            cand --account 'The account to use, of those that `accounts list` shows'
            cand --config 'Read this configuration file, alone'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The longest that one request may take: 30s, 2m [default: 2m]'
            cand --max-wait 'The longest that all waits for throttling and retries may take together [default: 1m; 10s for a message that can wait in the outbox]'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand --verbose 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'graphmail;man'= {
            cand -A 'The account to use, of those that `accounts list` shows'
            cand --account 'The account to use, of those that `accounts list` shows'
            cand --config 'Read this configuration file, alone'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The longest that one request may take: 30s, 2m [default: 2m]'
            cand --max-wait 'The longest that all waits for throttling and retries may take together [default: 1m; 10s for a message that can wait in the outbox]'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand --verbose 'Say more; twice: each HTTP exchange, without secrets and bodies'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'graphmail;help'= {
            cand send 'Composes a message from flags, or takes a ready one, and sends it'
            cand draft 'Creates, lists, sends and deletes drafts'
            cand outbox 'Lists, sends and drops queued messages'
            cand sendmail 'Sends a message as /usr/sbin/sendmail does; also under the names sendmail, mailq and newaliases'
            cand login 'Signs in and stores the account'
            cand logout 'Removes the stored tokens of an account; `accounts remove` also removes the account'
            cand status 'Shows the account, its rights, and how long its credential and its token last'
            cand keepalive 'Renews the sign-in of an account, which otherwise expires after 90 days without use'
            cand accounts 'Lists, chooses and removes accounts'
            cand doctor 'Checks everything that is needed to send mail, and says how to fix it'
            cand sandbox 'Simulates Entra and Graph on this host, and can run a command in this sandbox'
            cand completions 'Prints the completions of a shell'
            cand man 'Prints the manual, or writes its pages into a folder'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'graphmail;help;send'= {
        }
        &'graphmail;help;draft'= {
            cand create 'Leaves a message in Drafts, and does not send it'
            cand list 'Lists all that lies in Drafts, newest first: id, creation, recipients, subject'
            cand send 'Sends a draft; one that does not go stays where it is'
            cand delete 'Moves a draft to Deleted Items; what is no draft stays'
        }
        &'graphmail;help;draft;create'= {
        }
        &'graphmail;help;draft;list'= {
        }
        &'graphmail;help;draft;send'= {
        }
        &'graphmail;help;draft;delete'= {
        }
        &'graphmail;help;outbox'= {
            cand list 'Lists queued messages, oldest first'
            cand show 'Shows one entry'
            cand flush 'Sends the entries that are due'
            cand retry 'Requeues failed entries, and doubtful ones with --yes'
            cand drop 'Removes entries from the outbox for good'
        }
        &'graphmail;help;outbox;list'= {
        }
        &'graphmail;help;outbox;show'= {
        }
        &'graphmail;help;outbox;flush'= {
        }
        &'graphmail;help;outbox;retry'= {
        }
        &'graphmail;help;outbox;drop'= {
        }
        &'graphmail;help;sendmail'= {
        }
        &'graphmail;help;login'= {
        }
        &'graphmail;help;logout'= {
        }
        &'graphmail;help;status'= {
        }
        &'graphmail;help;keepalive'= {
        }
        &'graphmail;help;accounts'= {
            cand list 'Lists the accounts; a star marks the default'
            cand use 'Makes an account the default'
            cand remove 'Forgets an account, its tokens too'
        }
        &'graphmail;help;accounts;list'= {
        }
        &'graphmail;help;accounts;use'= {
        }
        &'graphmail;help;accounts;remove'= {
        }
        &'graphmail;help;doctor'= {
        }
        &'graphmail;help;sandbox'= {
        }
        &'graphmail;help;completions'= {
        }
        &'graphmail;help;man'= {
        }
        &'graphmail;help;help'= {
        }
        &'graphmail;sendmail'= {
            cand -h 'Print help'
            cand --help 'Print help'
        }
    ]
    $completions[$command]
}
