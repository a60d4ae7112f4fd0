
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
            cand -A 'The account to use: see `accounts list`'
            cand --account 'The account to use: see `accounts list`'
            cand --config 'Read only this configuration file'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The maximum time for one request: 30s, 2m [default: 2m]'
            cand --max-wait 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand --verbose 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
            cand send 'Sends a message composed from flags, or a ready message'
            cand draft 'Creates, lists, sends and deletes drafts'
            cand merge 'Sends one personal message for each row of a CSV or JSON file'
            cand outbox 'Lists, sends and drops queued messages'
            cand smtpd 'Runs the host''s mail service: takes messages by SMTP, queues them and sends them'
            cand login 'Signs in and stores the account'
            cand logout 'Removes the stored tokens of an account; `accounts remove` also removes the account'
            cand status 'Shows the account, its permissions, and when its credential and its token expire'
            cand keepalive 'Renews the sign-in of an account, which otherwise expires after 90 days without use'
            cand accounts 'Lists, chooses and removes accounts'
            cand doctor 'Checks everything that is needed to send mail, and says how to fix it'
            cand sandbox 'Simulates Entra and Graph on this host, and can run a command in this sandbox'
            cand completions 'Prints the completions of a shell'
            cand man 'Shows a page of the manual, or writes all pages into a folder'
            cand help 'Print this message or the help of the given subcommand(s)'
            cand sendmail 'Sends a message as /usr/sbin/sendmail does; also under the names sendmail, mailq and newaliases'
        }
        &'graphmail;send'= {
            cand -t 'Recipients, as an RFC 5322 address list; repeatable'
            cand --to 'Recipients, as an RFC 5322 address list; repeatable'
            cand -c 'Recipients of a copy (Cc); repeatable'
            cand --cc 'Recipients of a copy (Cc); repeatable'
            cand -b 'Recipients of a blind copy (Bcc); repeatable'
            cand --bcc 'Recipients of a blind copy (Bcc); repeatable'
            cand -f 'From, if it is not the sending mailbox'
            cand --from 'From, if it is not the sending mailbox'
            cand --reply-to 'Reply-To: addresses for replies; repeatable'
            cand -s 'Subject'
            cand --subject 'Subject'
            cand --body 'The text; `-` is standard input'
            cand --body-file 'The text, from a file; `-` is standard input'
            cand --html 'The HTML; a message can have both text and HTML; `-` is standard input'
            cand --html-file 'The HTML, from a file; `-` is standard input'
            cand --markdown-file 'Markdown, from a file: sent as text and, rendered, as HTML; `-` is standard input'
            cand -a 'A file to attach; repeatable; `PATH;name=N;type=T` sets name and type, `-;name=N` is standard input'
            cand --attach 'A file to attach; repeatable; `PATH;name=N;type=T` sets name and type, `-;name=N` is standard input'
            cand --inline 'An inline image, to which the HTML refers as `cid:CID`; repeatable'
            cand -H 'A custom header field, `Name: value`; repeatable'
            cand --header 'A custom header field, `Name: value`; repeatable'
            cand --importance 'The importance of the message'
            cand --category 'An Outlook category; repeatable'
            cand --sensitivity 'The sensitivity of the message'
            cand --flag-start 'When the follow-up begins: RFC 3339, local `YYYY-MM-DD HH:MM`, or `+2h`'
            cand --flag-due 'When the follow-up is due'
            cand --at 'Exchange holds the message until then: RFC 3339, local `YYYY-MM-DD HH:MM`, or `+2h`'
            cand --in-reply-to 'The Message-ID of the message that this one answers'
            cand --references 'The Message-IDs of the thread, oldest first'
            cand --message-id 'The Message-ID of this message'
            cand --mime 'A ready RFC 5322 message, sent unchanged except for line ends, Bcc and repeated fields; `-` is standard input'
            cand --format 'The format of the request: auto uses JSON unless the message needs MIME'
            cand --dry-run 'Check everything and print what would be sent, without network access; several requests are shown only as a plan'
            cand --mailbox 'The sending mailbox: an address or an id [default: the account''s mailbox]'
            cand --queue 'When to queue the message in the outbox [default: never]'
            cand --idempotency-key 'Send only one message with this key: a repeat sends nothing and reports that'
            cand --wait 'Wait for the copy in Sent Items, and print its id, Message-ID and web link [default: 1m]'
            cand --wait-bounce 'Watch the inbox for a non-delivery report about the message [default: 2m]'
            cand -A 'The account to use: see `accounts list`'
            cand --account 'The account to use: see `accounts list`'
            cand --config 'Read only this configuration file'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The maximum time for one request: 30s, 2m [default: 2m]'
            cand --max-wait 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]'
            cand --read-receipt 'Request a read receipt'
            cand --delivery-receipt 'Request a delivery receipt'
            cand --flag 'Flag the message for follow-up'
            cand --no-save 'Do not save a copy in Sent Items; refused if the message is too large for one request'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand --verbose 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'graphmail;draft'= {
            cand --mailbox 'The mailbox: an address or an id [default: the account''s mailbox]'
            cand -A 'The account to use: see `accounts list`'
            cand --account 'The account to use: see `accounts list`'
            cand --config 'Read only this configuration file'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The maximum time for one request: 30s, 2m [default: 2m]'
            cand --max-wait 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand --verbose 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand create 'Saves a message in Drafts without sending it'
            cand list 'Lists all drafts, newest first: id, creation time, recipients, subject'
            cand send 'Sends a draft; if that fails, the draft stays in Drafts'
            cand delete 'Moves a draft to Deleted Items; refuses a message that is not a draft'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'graphmail;draft;create'= {
            cand -t 'Recipients, as an RFC 5322 address list; repeatable'
            cand --to 'Recipients, as an RFC 5322 address list; repeatable'
            cand -c 'Recipients of a copy (Cc); repeatable'
            cand --cc 'Recipients of a copy (Cc); repeatable'
            cand -b 'Recipients of a blind copy (Bcc); repeatable'
            cand --bcc 'Recipients of a blind copy (Bcc); repeatable'
            cand -f 'From, if it is not the sending mailbox'
            cand --from 'From, if it is not the sending mailbox'
            cand --reply-to 'Reply-To: addresses for replies; repeatable'
            cand -s 'Subject'
            cand --subject 'Subject'
            cand --body 'The text; `-` is standard input'
            cand --body-file 'The text, from a file; `-` is standard input'
            cand --html 'The HTML; a message can have both text and HTML; `-` is standard input'
            cand --html-file 'The HTML, from a file; `-` is standard input'
            cand --markdown-file 'Markdown, from a file: sent as text and, rendered, as HTML; `-` is standard input'
            cand -a 'A file to attach; repeatable; `PATH;name=N;type=T` sets name and type, `-;name=N` is standard input'
            cand --attach 'A file to attach; repeatable; `PATH;name=N;type=T` sets name and type, `-;name=N` is standard input'
            cand --inline 'An inline image, to which the HTML refers as `cid:CID`; repeatable'
            cand -H 'A custom header field, `Name: value`; repeatable'
            cand --header 'A custom header field, `Name: value`; repeatable'
            cand --importance 'The importance of the message'
            cand --category 'An Outlook category; repeatable'
            cand --sensitivity 'The sensitivity of the message'
            cand --flag-start 'When the follow-up begins: RFC 3339, local `YYYY-MM-DD HH:MM`, or `+2h`'
            cand --flag-due 'When the follow-up is due'
            cand --at 'Exchange holds the message until then: RFC 3339, local `YYYY-MM-DD HH:MM`, or `+2h`'
            cand --in-reply-to 'The Message-ID of the message that this one answers'
            cand --references 'The Message-IDs of the thread, oldest first'
            cand --message-id 'The Message-ID of this message'
            cand --mime 'A ready RFC 5322 message, sent unchanged except for line ends, Bcc and repeated fields; `-` is standard input'
            cand --format 'The format of the request: auto uses JSON unless the message needs MIME'
            cand --dry-run 'Check everything and print what would be sent, without network access; several requests are shown only as a plan'
            cand --mailbox 'The mailbox: an address or an id [default: the account''s mailbox]'
            cand -A 'The account to use: see `accounts list`'
            cand --account 'The account to use: see `accounts list`'
            cand --config 'Read only this configuration file'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The maximum time for one request: 30s, 2m [default: 2m]'
            cand --max-wait 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]'
            cand --read-receipt 'Request a read receipt'
            cand --delivery-receipt 'Request a delivery receipt'
            cand --flag 'Flag the message for follow-up'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand --verbose 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'graphmail;draft;list'= {
            cand --mailbox 'The mailbox: an address or an id [default: the account''s mailbox]'
            cand -A 'The account to use: see `accounts list`'
            cand --account 'The account to use: see `accounts list`'
            cand --config 'Read only this configuration file'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The maximum time for one request: 30s, 2m [default: 2m]'
            cand --max-wait 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand --verbose 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'graphmail;draft;send'= {
            cand --mailbox 'The mailbox: an address or an id [default: the account''s mailbox]'
            cand -A 'The account to use: see `accounts list`'
            cand --account 'The account to use: see `accounts list`'
            cand --config 'Read only this configuration file'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The maximum time for one request: 30s, 2m [default: 2m]'
            cand --max-wait 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand --verbose 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'graphmail;draft;delete'= {
            cand --mailbox 'The mailbox: an address or an id [default: the account''s mailbox]'
            cand -A 'The account to use: see `accounts list`'
            cand --account 'The account to use: see `accounts list`'
            cand --config 'Read only this configuration file'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The maximum time for one request: 30s, 2m [default: 2m]'
            cand --max-wait 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand --verbose 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'graphmail;draft;help'= {
            cand create 'Saves a message in Drafts without sending it'
            cand list 'Lists all drafts, newest first: id, creation time, recipients, subject'
            cand send 'Sends a draft; if that fails, the draft stays in Drafts'
            cand delete 'Moves a draft to Deleted Items; refuses a message that is not a draft'
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
        &'graphmail;merge'= {
            cand --data 'The rows: CSV with a header line, JSON lines or a JSON array of objects; `-` is standard input'
            cand --delimiter 'What separates the columns of CSV: one character, or `tab` [default: comma, semicolon or tab, whichever the header line has most]'
            cand --encoding 'The encoding of the file, such as windows-1252 or utf-16le [default: UTF-8, or that of the byte order mark]'
            cand --only 'Only the rows for which this Jinja expression is true: `country == ''FR''`'
            cand --limit 'Send at most this many messages; the same command again sends the next ones'
            cand --key 'What identifies a row: a template such as `{{ id }}` [default: a digest of the message]'
            cand -t 'Recipients, as an RFC 5322 address list; repeatable'
            cand --to 'Recipients, as an RFC 5322 address list; repeatable'
            cand -c 'Recipients of a copy (Cc); repeatable'
            cand --cc 'Recipients of a copy (Cc); repeatable'
            cand -b 'Recipients of a blind copy (Bcc); repeatable'
            cand --bcc 'Recipients of a blind copy (Bcc); repeatable'
            cand -f 'From, if it is not the sending mailbox'
            cand --from 'From, if it is not the sending mailbox'
            cand --reply-to 'Reply-To: addresses for replies; repeatable'
            cand -s 'Subject'
            cand --subject 'Subject'
            cand --body 'The text; `-` is standard input'
            cand --body-file 'The text, from a file; `-` is standard input'
            cand --html 'The HTML; a message can have both text and HTML; `-` is standard input'
            cand --html-file 'The HTML, from a file; `-` is standard input'
            cand --markdown-file 'Markdown, from a file: sent as text and, rendered, as HTML; `-` is standard input'
            cand -a 'A file to attach; repeatable; `PATH;name=N;type=T` sets name and type, `-;name=N` is standard input'
            cand --attach 'A file to attach; repeatable; `PATH;name=N;type=T` sets name and type, `-;name=N` is standard input'
            cand --inline 'An inline image, to which the HTML refers as `cid:CID`; repeatable'
            cand -H 'A custom header field, `Name: value`; repeatable'
            cand --header 'A custom header field, `Name: value`; repeatable'
            cand --importance 'The importance of the message'
            cand --category 'An Outlook category; repeatable'
            cand --sensitivity 'The sensitivity of the message'
            cand --flag-start 'When the follow-up begins: RFC 3339, local `YYYY-MM-DD HH:MM`, or `+2h`'
            cand --flag-due 'When the follow-up is due'
            cand --at 'Exchange holds the message until then: RFC 3339, local `YYYY-MM-DD HH:MM`, or `+2h`'
            cand --in-reply-to 'The Message-ID of the message that this one answers'
            cand --references 'The Message-IDs of the thread, oldest first'
            cand --message-id 'The Message-ID of this message'
            cand --mailbox 'The sending mailbox: an address or an id [default: the account''s mailbox]'
            cand --format 'The format of the requests: auto uses JSON unless the message needs MIME'
            cand --journal 'The journal [default: a file in the state folder for this account, mailbox and data file]'
            cand --report 'Write the result of each row to this CSV file: row, key, status, message_id, error'
            cand --dry-run 'Check everything and print a summary and the first message, without network access'
            cand --row 'The row that --dry-run shows; row 1 follows the header line'
            cand -A 'The account to use: see `accounts list`'
            cand --account 'The account to use: see `accounts list`'
            cand --config 'Read only this configuration file'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The maximum time for one request: 30s, 2m [default: 2m]'
            cand --max-wait 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]'
            cand --read-receipt 'Request a read receipt'
            cand --delivery-receipt 'Request a delivery receipt'
            cand --flag 'Flag the message for follow-up'
            cand --no-save 'Do not save copies in Sent Items; a message above 4 MB is refused then'
            cand --draft 'Leave the messages in Drafts instead of sending them'
            cand --resend-doubtful 'Send messages again that may have been sent, unless they are found in Sent Items; look there first'
            cand --yes 'Do not ask before sending; required if standard input or standard error is not a terminal'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand --verbose 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'graphmail;outbox'= {
            cand -A 'The account to use: see `accounts list`'
            cand --account 'The account to use: see `accounts list`'
            cand --config 'Read only this configuration file'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The maximum time for one request: 30s, 2m [default: 2m]'
            cand --max-wait 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand --verbose 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand list 'Lists queued messages, oldest first'
            cand show 'Shows one entry, and what became of one that was sent'
            cand flush 'Sends the entries that are due'
            cand retry 'Requeues failed entries, and doubtful ones with --yes'
            cand drop 'Removes entries from the outbox for good'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'graphmail;outbox;list'= {
            cand -A 'The account to use: see `accounts list`'
            cand --account 'The account to use: see `accounts list`'
            cand --config 'Read only this configuration file'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The maximum time for one request: 30s, 2m [default: 2m]'
            cand --max-wait 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand --verbose 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'graphmail;outbox;show'= {
            cand -A 'The account to use: see `accounts list`'
            cand --account 'The account to use: see `accounts list`'
            cand --config 'Read only this configuration file'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The maximum time for one request: 30s, 2m [default: 2m]'
            cand --max-wait 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]'
            cand --message 'Print the message itself, as it is sent: RFC 5322 or Graph''s JSON; or as `sendmail` read it'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand --verbose 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'graphmail;outbox;flush'= {
            cand -A 'The account to use: see `accounts list`'
            cand --account 'The account to use: see `accounts list`'
            cand --config 'Read only this configuration file'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The maximum time for one request: 30s, 2m [default: 2m]'
            cand --max-wait 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]'
            cand --all 'Also send entries that are not due yet'
            cand --now 'Also send entries that are not due yet, from throttled mailboxes too'
            cand --all-users 'Also flush the outboxes of all users of this host, as these users; only for root'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand --verbose 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'graphmail;outbox;retry'= {
            cand -A 'The account to use: see `accounts list`'
            cand --account 'The account to use: see `accounts list`'
            cand --config 'Read only this configuration file'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The maximum time for one request: 30s, 2m [default: 2m]'
            cand --max-wait 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]'
            cand --yes 'Requeue doubtful entries too, although they may have been sent'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand --verbose 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'graphmail;outbox;drop'= {
            cand -A 'The account to use: see `accounts list`'
            cand --account 'The account to use: see `accounts list`'
            cand --config 'Read only this configuration file'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The maximum time for one request: 30s, 2m [default: 2m]'
            cand --max-wait 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand --verbose 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'graphmail;outbox;help'= {
            cand list 'Lists queued messages, oldest first'
            cand show 'Shows one entry, and what became of one that was sent'
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
        &'graphmail;smtpd'= {
            cand --listen 'Listen on this address and port; repeatable'
            cand --socket 'Listen on this Unix socket, which all users of the host may use'
            cand -A 'The account to use: see `accounts list`'
            cand --account 'The account to use: see `accounts list`'
            cand --config 'Read only this configuration file'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The maximum time for one request: 30s, 2m [default: 2m]'
            cand --max-wait 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]'
            cand --hash-password 'Print the hash of a password for [smtpd.users], and end: the first line of standard input'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand --verbose 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'graphmail;login'= {
            cand --client-id 'The application (client) id of the registration'
            cand --tenant 'The tenant: a domain or an id'
            cand --cloud 'The cloud: global, usgov, dod, china, or a cloud of the configuration'
            cand --client-secret-file 'The application signs in with the client secret in this file; `-` is standard input'
            cand --client-secret-command 'The application signs in with the client secret that this command prints; it runs for each token'
            cand --certificate 'The application signs in with the certificate and its RSA key in this PEM file'
            cand --certificate-password-file 'The file with the password of a PKCS#12 certificate'
            cand --federated-token-file 'The application signs in with another issuer''s token in this file; it is read for each token'
            cand --token-command 'A command that prints an access token; it runs for each send'
            cand --managed-identity 'The managed identity of this Azure host: a virtual machine, App Service, Functions, Container Apps, an Arc server'
            cand --scopes 'The permissions to ask the user for: send; drafts for large messages; shared for other users'' mailboxes'
            cand --mailbox 'The mailbox to send from, if not the signed-in user''s own'
            cand --token-store 'Where tokens are kept: keyring, file (readable for this user only) or none'
            cand -A 'The account to use: see `accounts list`'
            cand --account 'The account to use: see `accounts list`'
            cand --config 'Read only this configuration file'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The maximum time for one request: 30s, 2m [default: 2m]'
            cand --max-wait 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]'
            cand --device-code 'A user signs in once on any device with a browser (the default)'
            cand --browser 'A user signs in once with this host''s browser, if the tenant forbids device codes'
            cand --no-open 'Print the page''s URL and do not open a browser'
            cand --send-certificate-chain 'Send the certificates too, for a registration that trusts their subject and issuer'
            cand --github-actions 'The application signs in with the token that GitHub Actions issues to the job'
            cand --azure-cli 'The sign-in of the Azure CLI, `az login`; az is asked for each send'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand --verbose 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'graphmail;logout'= {
            cand -A 'The account to use: see `accounts list`'
            cand --account 'The account to use: see `accounts list`'
            cand --config 'Read only this configuration file'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The maximum time for one request: 30s, 2m [default: 2m]'
            cand --max-wait 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand --verbose 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'graphmail;status'= {
            cand --warn-days 'Exits 77 if the credential is known to expire within this many days'
            cand -A 'The account to use: see `accounts list`'
            cand --account 'The account to use: see `accounts list`'
            cand --config 'Read only this configuration file'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The maximum time for one request: 30s, 2m [default: 2m]'
            cand --max-wait 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]'
            cand --check 'Obtain a new token; exits 77 if none can be obtained'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand --verbose 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'graphmail;keepalive'= {
            cand --print 'Print the weekly job that does this, and renew nothing'
            cand --install 'Install the weekly job: a timer of the user''s systemd, or a line in the user''s crontab'
            cand -A 'The account to use: see `accounts list`'
            cand --account 'The account to use: see `accounts list`'
            cand --config 'Read only this configuration file'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The maximum time for one request: 30s, 2m [default: 2m]'
            cand --max-wait 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]'
            cand --all 'Renew all accounts of the configuration'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand --verbose 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'graphmail;accounts'= {
            cand -A 'The account to use: see `accounts list`'
            cand --account 'The account to use: see `accounts list`'
            cand --config 'Read only this configuration file'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The maximum time for one request: 30s, 2m [default: 2m]'
            cand --max-wait 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand --verbose 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand -h 'Print help'
            cand --help 'Print help'
            cand list 'Lists the accounts, also that of the environment; a star marks the default'
            cand use 'Makes an account the default'
            cand remove 'Removes an account and its tokens'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'graphmail;accounts;list'= {
            cand -A 'The account to use: see `accounts list`'
            cand --account 'The account to use: see `accounts list`'
            cand --config 'Read only this configuration file'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The maximum time for one request: 30s, 2m [default: 2m]'
            cand --max-wait 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand --verbose 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'graphmail;accounts;use'= {
            cand -A 'The account to use: see `accounts list`'
            cand --account 'The account to use: see `accounts list`'
            cand --config 'Read only this configuration file'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The maximum time for one request: 30s, 2m [default: 2m]'
            cand --max-wait 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand --verbose 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'graphmail;accounts;remove'= {
            cand -A 'The account to use: see `accounts list`'
            cand --account 'The account to use: see `accounts list`'
            cand --config 'Read only this configuration file'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The maximum time for one request: 30s, 2m [default: 2m]'
            cand --max-wait 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand --verbose 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'graphmail;accounts;help'= {
            cand list 'Lists the accounts, also that of the environment; a star marks the default'
            cand use 'Makes an account the default'
            cand remove 'Removes an account and its tokens'
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
            cand --admin 'Print how an administrator grants permissions to this account: its mailbox only, or consent'
            cand -A 'The account to use: see `accounts list`'
            cand --account 'The account to use: see `accounts list`'
            cand --config 'Read only this configuration file'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The maximum time for one request: 30s, 2m [default: 2m]'
            cand --max-wait 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]'
            cand --as-cron 'Run the checks in the environment of a cron job: HOME, LOGNAME, SHELL and PATH only'
            cand --large 'Fail if messages of more than 3 MB cannot be sent'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand --verbose 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
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
            cand --bounce 'Addresses to which nothing is delivered, `*` for any text: `*@bad.example`; repeatable'
            cand --fault 'A fault to simulate: ''POST /me/sendMail=429,retry-after=2''; repeatable'
            cand -A 'The account to use: see `accounts list`'
            cand --account 'The account to use: see `accounts list`'
            cand --config 'Read only this configuration file'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The maximum time for one request: 30s, 2m [default: 2m]'
            cand --max-wait 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]'
            cand --background 'Print the environment for `eval`, and keep running in the background'
            cand --managed-identity 'Give the command a managed identity, as App Service does'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand --verbose 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'graphmail;completions'= {
            cand -A 'The account to use: see `accounts list`'
            cand --account 'The account to use: see `accounts list`'
            cand --config 'Read only this configuration file'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The maximum time for one request: 30s, 2m [default: 2m]'
            cand --max-wait 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand --verbose 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'graphmail;man'= {
            cand -A 'The account to use: see `accounts list`'
            cand --account 'The account to use: see `accounts list`'
            cand --config 'Read only this configuration file'
            cand --log-file 'Append a line for each send to this file'
            cand --timeout 'The maximum time for one request: 30s, 2m [default: 2m]'
            cand --max-wait 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]'
            cand --json 'Print exactly one JSON object on standard output, on success and on failure'
            cand -q 'Print only errors'
            cand --quiet 'Print only errors'
            cand -v 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand --verbose 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'graphmail;help'= {
            cand send 'Sends a message composed from flags, or a ready message'
            cand draft 'Creates, lists, sends and deletes drafts'
            cand merge 'Sends one personal message for each row of a CSV or JSON file'
            cand outbox 'Lists, sends and drops queued messages'
            cand sendmail 'Sends a message as /usr/sbin/sendmail does; also under the names sendmail, mailq and newaliases'
            cand smtpd 'Runs the host''s mail service: takes messages by SMTP, queues them and sends them'
            cand login 'Signs in and stores the account'
            cand logout 'Removes the stored tokens of an account; `accounts remove` also removes the account'
            cand status 'Shows the account, its permissions, and when its credential and its token expire'
            cand keepalive 'Renews the sign-in of an account, which otherwise expires after 90 days without use'
            cand accounts 'Lists, chooses and removes accounts'
            cand doctor 'Checks everything that is needed to send mail, and says how to fix it'
            cand sandbox 'Simulates Entra and Graph on this host, and can run a command in this sandbox'
            cand completions 'Prints the completions of a shell'
            cand man 'Shows a page of the manual, or writes all pages into a folder'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'graphmail;help;send'= {
        }
        &'graphmail;help;draft'= {
            cand create 'Saves a message in Drafts without sending it'
            cand list 'Lists all drafts, newest first: id, creation time, recipients, subject'
            cand send 'Sends a draft; if that fails, the draft stays in Drafts'
            cand delete 'Moves a draft to Deleted Items; refuses a message that is not a draft'
        }
        &'graphmail;help;draft;create'= {
        }
        &'graphmail;help;draft;list'= {
        }
        &'graphmail;help;draft;send'= {
        }
        &'graphmail;help;draft;delete'= {
        }
        &'graphmail;help;merge'= {
        }
        &'graphmail;help;outbox'= {
            cand list 'Lists queued messages, oldest first'
            cand show 'Shows one entry, and what became of one that was sent'
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
        &'graphmail;help;smtpd'= {
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
            cand list 'Lists the accounts, also that of the environment; a star marks the default'
            cand use 'Makes an account the default'
            cand remove 'Removes an account and its tokens'
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
