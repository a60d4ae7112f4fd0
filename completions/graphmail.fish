# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_graphmail_global_optspecs
    string join \n A/account= config= json q/quiet v/verbose log-file= timeout= max-wait= h/help V/version
end

function __fish_graphmail_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_graphmail_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_graphmail_using_subcommand
    set -l cmd (__fish_graphmail_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c graphmail -n "__fish_graphmail_needs_command" -s A -l account -d 'The account to use: see `accounts list`' -r
complete -c graphmail -n "__fish_graphmail_needs_command" -l config -d 'Read only this configuration file' -r -F
complete -c graphmail -n "__fish_graphmail_needs_command" -l log-file -d 'Append a line for each send to this file' -r -F
complete -c graphmail -n "__fish_graphmail_needs_command" -l timeout -d 'The maximum time for one request: 30s, 2m [default: 2m]' -r
complete -c graphmail -n "__fish_graphmail_needs_command" -l max-wait -d 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]' -r
complete -c graphmail -n "__fish_graphmail_needs_command" -l json -d 'Print exactly one JSON object on standard output, on success and on failure'
complete -c graphmail -n "__fish_graphmail_needs_command" -s q -l quiet -d 'Print only errors'
complete -c graphmail -n "__fish_graphmail_needs_command" -s v -l verbose -d 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
complete -c graphmail -n "__fish_graphmail_needs_command" -s h -l help -d 'Print help'
complete -c graphmail -n "__fish_graphmail_needs_command" -s V -l version -d 'Print version'
complete -c graphmail -n "__fish_graphmail_needs_command" -f -a "send" -d 'Sends a message composed from flags, or a ready message'
complete -c graphmail -n "__fish_graphmail_needs_command" -f -a "draft" -d 'Creates, lists, sends and deletes drafts'
complete -c graphmail -n "__fish_graphmail_needs_command" -f -a "merge" -d 'Sends one personal message for each row of a CSV or JSON file'
complete -c graphmail -n "__fish_graphmail_needs_command" -f -a "outbox" -d 'Lists, sends and drops queued messages'
complete -c graphmail -n "__fish_graphmail_needs_command" -f -a "smtpd" -d 'Runs the host\'s mail service: takes messages by SMTP, queues them and sends them'
complete -c graphmail -n "__fish_graphmail_needs_command" -f -a "login" -d 'Signs in and stores the account'
complete -c graphmail -n "__fish_graphmail_needs_command" -f -a "logout" -d 'Removes the stored tokens of an account; `accounts remove` also removes the account'
complete -c graphmail -n "__fish_graphmail_needs_command" -f -a "status" -d 'Shows the account, its permissions, and when its credential and its token expire'
complete -c graphmail -n "__fish_graphmail_needs_command" -f -a "keepalive" -d 'Renews the sign-in of an account, which otherwise expires after 90 days without use'
complete -c graphmail -n "__fish_graphmail_needs_command" -f -a "accounts" -d 'Lists, chooses and removes accounts'
complete -c graphmail -n "__fish_graphmail_needs_command" -f -a "doctor" -d 'Checks everything that is needed to send mail, and says how to fix it'
complete -c graphmail -n "__fish_graphmail_needs_command" -f -a "sandbox" -d 'Simulates Entra and Graph on this host, and can run a command in this sandbox'
complete -c graphmail -n "__fish_graphmail_needs_command" -f -a "completions" -d 'Prints the completions of a shell'
complete -c graphmail -n "__fish_graphmail_needs_command" -f -a "man" -d 'Shows a page of the manual, or writes all pages into a folder'
complete -c graphmail -n "__fish_graphmail_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c graphmail -n "__fish_graphmail_needs_command" -f -a "sendmail" -d 'Sends a message as /usr/sbin/sendmail does; also under the names sendmail, mailq and newaliases'
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -s t -l to -d 'Recipients, as an RFC 5322 address list; repeatable' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -s c -l cc -d 'Recipients of a copy (Cc); repeatable' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -s b -l bcc -d 'Recipients of a blind copy (Bcc); repeatable' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -s f -l from -d 'From, if it is not the sending mailbox' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l reply-to -d 'Reply-To: addresses for replies; repeatable' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -s s -l subject -d 'Subject' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l body -d 'The text; `-` is standard input' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l body-file -d 'The text, from a file; `-` is standard input' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l html -d 'The HTML; a message can have both text and HTML; `-` is standard input' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l html-file -d 'The HTML, from a file; `-` is standard input' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l markdown-file -d 'Markdown, from a file: sent as text and, rendered, as HTML; `-` is standard input' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -s a -l attach -d 'A file to attach; repeatable; `PATH;name=N;type=T` sets name and type, `-;name=N` is standard input' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l inline -d 'An inline image, to which the HTML refers as `cid:CID`; repeatable' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -s H -l header -d 'A custom header field, `Name: value`; repeatable' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l importance -d 'The importance of the message' -r -f -a "low\t''
normal\t''
high\t''"
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l category -d 'An Outlook category; repeatable' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l sensitivity -d 'The sensitivity of the message' -r -f -a "personal\t''
private\t''
confidential\t''"
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l flag-start -d 'When the follow-up begins: RFC 3339, local `YYYY-MM-DD HH:MM`, or `+2h`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l flag-due -d 'When the follow-up is due' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l at -d 'Exchange holds the message until then: RFC 3339, local `YYYY-MM-DD HH:MM`, or `+2h`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l in-reply-to -d 'The Message-ID of the message that this one answers' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l references -d 'The Message-IDs of the thread, oldest first' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l message-id -d 'The Message-ID of this message' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l mime -d 'A ready RFC 5322 message, sent unchanged except for line ends, Bcc and repeated fields; `-` is standard input' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l format -d 'The format of the request: auto uses JSON unless the message needs MIME' -r -f -a "auto\t''
json\t''
mime\t''"
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l dry-run -d 'Check everything and print what would be sent, without network access; several requests are shown only as a plan' -r -f -a "plan\t'The requests, their sizes and the permissions'
json\t'The request\'s JSON'
eml\t'The RFC 5322 message'
curl\t'A curl command for the same request, without the access token'"
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l mailbox -d 'The sending mailbox: an address or an id [default: the account\'s mailbox]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l queue -d 'When to queue the message in the outbox [default: never]' -r -f -a "never\t'Never queue: if the message cannot be sent, the caller must send it again'
on-failure\t'Queue the message if it cannot be sent now'
always\t'Queue every message before it is sent'"
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l idempotency-key -d 'Send only one message with this key: a repeat sends nothing and reports that' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l wait -d 'Wait for the copy in Sent Items, and print its id, Message-ID and web link [default: 1m]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l wait-bounce -d 'Watch the inbox for a non-delivery report about the message [default: 2m]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -s A -l account -d 'The account to use: see `accounts list`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l config -d 'Read only this configuration file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l log-file -d 'Append a line for each send to this file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l timeout -d 'The maximum time for one request: 30s, 2m [default: 2m]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l max-wait -d 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l read-receipt -d 'Request a read receipt'
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l delivery-receipt -d 'Request a delivery receipt'
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l flag -d 'Flag the message for follow-up'
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l no-save -d 'Do not save a copy in Sent Items; refused if the message is too large for one request'
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -l json -d 'Print exactly one JSON object on standard output, on success and on failure'
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -s q -l quiet -d 'Print only errors'
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -s v -l verbose -d 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
complete -c graphmail -n "__fish_graphmail_using_subcommand send" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and not __fish_seen_subcommand_from create list send delete help" -l mailbox -d 'The mailbox: an address or an id [default: the account\'s mailbox]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and not __fish_seen_subcommand_from create list send delete help" -s A -l account -d 'The account to use: see `accounts list`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and not __fish_seen_subcommand_from create list send delete help" -l config -d 'Read only this configuration file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and not __fish_seen_subcommand_from create list send delete help" -l log-file -d 'Append a line for each send to this file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and not __fish_seen_subcommand_from create list send delete help" -l timeout -d 'The maximum time for one request: 30s, 2m [default: 2m]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and not __fish_seen_subcommand_from create list send delete help" -l max-wait -d 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and not __fish_seen_subcommand_from create list send delete help" -l json -d 'Print exactly one JSON object on standard output, on success and on failure'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and not __fish_seen_subcommand_from create list send delete help" -s q -l quiet -d 'Print only errors'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and not __fish_seen_subcommand_from create list send delete help" -s v -l verbose -d 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and not __fish_seen_subcommand_from create list send delete help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and not __fish_seen_subcommand_from create list send delete help" -f -a "create" -d 'Saves a message in Drafts without sending it'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and not __fish_seen_subcommand_from create list send delete help" -f -a "list" -d 'Lists all drafts, newest first: id, creation time, recipients, subject'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and not __fish_seen_subcommand_from create list send delete help" -f -a "send" -d 'Sends a draft; if that fails, the draft stays in Drafts'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and not __fish_seen_subcommand_from create list send delete help" -f -a "delete" -d 'Moves a draft to Deleted Items; refuses a message that is not a draft'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and not __fish_seen_subcommand_from create list send delete help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -s t -l to -d 'Recipients, as an RFC 5322 address list; repeatable' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -s c -l cc -d 'Recipients of a copy (Cc); repeatable' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -s b -l bcc -d 'Recipients of a blind copy (Bcc); repeatable' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -s f -l from -d 'From, if it is not the sending mailbox' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -l reply-to -d 'Reply-To: addresses for replies; repeatable' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -s s -l subject -d 'Subject' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -l body -d 'The text; `-` is standard input' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -l body-file -d 'The text, from a file; `-` is standard input' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -l html -d 'The HTML; a message can have both text and HTML; `-` is standard input' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -l html-file -d 'The HTML, from a file; `-` is standard input' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -l markdown-file -d 'Markdown, from a file: sent as text and, rendered, as HTML; `-` is standard input' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -s a -l attach -d 'A file to attach; repeatable; `PATH;name=N;type=T` sets name and type, `-;name=N` is standard input' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -l inline -d 'An inline image, to which the HTML refers as `cid:CID`; repeatable' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -s H -l header -d 'A custom header field, `Name: value`; repeatable' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -l importance -d 'The importance of the message' -r -f -a "low\t''
normal\t''
high\t''"
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -l category -d 'An Outlook category; repeatable' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -l sensitivity -d 'The sensitivity of the message' -r -f -a "personal\t''
private\t''
confidential\t''"
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -l flag-start -d 'When the follow-up begins: RFC 3339, local `YYYY-MM-DD HH:MM`, or `+2h`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -l flag-due -d 'When the follow-up is due' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -l at -d 'Exchange holds the message until then: RFC 3339, local `YYYY-MM-DD HH:MM`, or `+2h`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -l in-reply-to -d 'The Message-ID of the message that this one answers' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -l references -d 'The Message-IDs of the thread, oldest first' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -l message-id -d 'The Message-ID of this message' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -l mime -d 'A ready RFC 5322 message, sent unchanged except for line ends, Bcc and repeated fields; `-` is standard input' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -l format -d 'The format of the request: auto uses JSON unless the message needs MIME' -r -f -a "auto\t''
json\t''
mime\t''"
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -l dry-run -d 'Check everything and print what would be sent, without network access; several requests are shown only as a plan' -r -f -a "plan\t'The requests, their sizes and the permissions'
json\t'The request\'s JSON'
eml\t'The RFC 5322 message'
curl\t'A curl command for the same request, without the access token'"
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -l mailbox -d 'The mailbox: an address or an id [default: the account\'s mailbox]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -s A -l account -d 'The account to use: see `accounts list`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -l config -d 'Read only this configuration file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -l log-file -d 'Append a line for each send to this file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -l timeout -d 'The maximum time for one request: 30s, 2m [default: 2m]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -l max-wait -d 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -l read-receipt -d 'Request a read receipt'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -l delivery-receipt -d 'Request a delivery receipt'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -l flag -d 'Flag the message for follow-up'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -l json -d 'Print exactly one JSON object on standard output, on success and on failure'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Print only errors'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -s v -l verbose -d 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from list" -l mailbox -d 'The mailbox: an address or an id [default: the account\'s mailbox]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from list" -s A -l account -d 'The account to use: see `accounts list`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from list" -l config -d 'Read only this configuration file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from list" -l log-file -d 'Append a line for each send to this file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from list" -l timeout -d 'The maximum time for one request: 30s, 2m [default: 2m]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from list" -l max-wait -d 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from list" -l json -d 'Print exactly one JSON object on standard output, on success and on failure'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only errors'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from send" -l mailbox -d 'The mailbox: an address or an id [default: the account\'s mailbox]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from send" -s A -l account -d 'The account to use: see `accounts list`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from send" -l config -d 'Read only this configuration file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from send" -l log-file -d 'Append a line for each send to this file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from send" -l timeout -d 'The maximum time for one request: 30s, 2m [default: 2m]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from send" -l max-wait -d 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from send" -l json -d 'Print exactly one JSON object on standard output, on success and on failure'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from send" -s q -l quiet -d 'Print only errors'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from send" -s v -l verbose -d 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from send" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from delete" -l mailbox -d 'The mailbox: an address or an id [default: the account\'s mailbox]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from delete" -s A -l account -d 'The account to use: see `accounts list`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from delete" -l config -d 'Read only this configuration file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from delete" -l log-file -d 'Append a line for each send to this file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from delete" -l timeout -d 'The maximum time for one request: 30s, 2m [default: 2m]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from delete" -l max-wait -d 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from delete" -l json -d 'Print exactly one JSON object on standard output, on success and on failure'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from delete" -s q -l quiet -d 'Print only errors'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from delete" -s v -l verbose -d 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from help" -f -a "create" -d 'Saves a message in Drafts without sending it'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from help" -f -a "list" -d 'Lists all drafts, newest first: id, creation time, recipients, subject'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from help" -f -a "send" -d 'Sends a draft; if that fails, the draft stays in Drafts'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from help" -f -a "delete" -d 'Moves a draft to Deleted Items; refuses a message that is not a draft'
complete -c graphmail -n "__fish_graphmail_using_subcommand draft; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l data -d 'The rows: CSV with a header line, JSON lines or a JSON array of objects; `-` is standard input' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l delimiter -d 'What separates the columns of CSV: one character, or `tab` [default: comma, semicolon or tab, whichever the header line has most]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l encoding -d 'The encoding of the file, such as windows-1252 or utf-16le [default: UTF-8, or that of the byte order mark]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l only -d 'Only the rows for which this Jinja expression is true: `country == \'FR\'`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l limit -d 'Send at most this many messages; the same command again sends the next ones' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l key -d 'What identifies a row: a template such as `{{ id }}` [default: a digest of the message]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -s t -l to -d 'Recipients, as an RFC 5322 address list; repeatable' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -s c -l cc -d 'Recipients of a copy (Cc); repeatable' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -s b -l bcc -d 'Recipients of a blind copy (Bcc); repeatable' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -s f -l from -d 'From, if it is not the sending mailbox' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l reply-to -d 'Reply-To: addresses for replies; repeatable' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -s s -l subject -d 'Subject' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l body -d 'The text; `-` is standard input' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l body-file -d 'The text, from a file; `-` is standard input' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l html -d 'The HTML; a message can have both text and HTML; `-` is standard input' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l html-file -d 'The HTML, from a file; `-` is standard input' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l markdown-file -d 'Markdown, from a file: sent as text and, rendered, as HTML; `-` is standard input' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -s a -l attach -d 'A file to attach; repeatable; `PATH;name=N;type=T` sets name and type, `-;name=N` is standard input' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l inline -d 'An inline image, to which the HTML refers as `cid:CID`; repeatable' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -s H -l header -d 'A custom header field, `Name: value`; repeatable' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l importance -d 'The importance of the message' -r -f -a "low\t''
normal\t''
high\t''"
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l category -d 'An Outlook category; repeatable' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l sensitivity -d 'The sensitivity of the message' -r -f -a "personal\t''
private\t''
confidential\t''"
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l flag-start -d 'When the follow-up begins: RFC 3339, local `YYYY-MM-DD HH:MM`, or `+2h`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l flag-due -d 'When the follow-up is due' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l at -d 'Exchange holds the message until then: RFC 3339, local `YYYY-MM-DD HH:MM`, or `+2h`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l in-reply-to -d 'The Message-ID of the message that this one answers' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l references -d 'The Message-IDs of the thread, oldest first' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l message-id -d 'The Message-ID of this message' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l mailbox -d 'The sending mailbox: an address or an id [default: the account\'s mailbox]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l format -d 'The format of the requests: auto uses JSON unless the message needs MIME' -r -f -a "auto\t''
json\t''
mime\t''"
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l journal -d 'The journal [default: a file in the state folder for this account, mailbox and data file]' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l report -d 'Write the result of each row to this CSV file: row, key, status, message_id, error' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l dry-run -d 'Check everything and print a summary and the first message, without network access' -r -f -a "plan\t'The requests, their sizes and the permissions'
json\t'The request\'s JSON'
eml\t'The RFC 5322 message'
curl\t'A curl command for the same request, without the access token'"
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l row -d 'The row that --dry-run shows; row 1 follows the header line' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -s A -l account -d 'The account to use: see `accounts list`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l config -d 'Read only this configuration file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l log-file -d 'Append a line for each send to this file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l timeout -d 'The maximum time for one request: 30s, 2m [default: 2m]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l max-wait -d 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l read-receipt -d 'Request a read receipt'
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l delivery-receipt -d 'Request a delivery receipt'
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l flag -d 'Flag the message for follow-up'
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l no-save -d 'Do not save copies in Sent Items; a message above 4 MB is refused then'
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l draft -d 'Leave the messages in Drafts instead of sending them'
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l resend-doubtful -d 'Send messages again that may have been sent, unless they are found in Sent Items; look there first'
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l yes -d 'Do not ask before sending; required if standard input or standard error is not a terminal'
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -l json -d 'Print exactly one JSON object on standard output, on success and on failure'
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -s q -l quiet -d 'Print only errors'
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -s v -l verbose -d 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
complete -c graphmail -n "__fish_graphmail_using_subcommand merge" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and not __fish_seen_subcommand_from list show flush retry drop help" -s A -l account -d 'The account to use: see `accounts list`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and not __fish_seen_subcommand_from list show flush retry drop help" -l config -d 'Read only this configuration file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and not __fish_seen_subcommand_from list show flush retry drop help" -l log-file -d 'Append a line for each send to this file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and not __fish_seen_subcommand_from list show flush retry drop help" -l timeout -d 'The maximum time for one request: 30s, 2m [default: 2m]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and not __fish_seen_subcommand_from list show flush retry drop help" -l max-wait -d 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and not __fish_seen_subcommand_from list show flush retry drop help" -l json -d 'Print exactly one JSON object on standard output, on success and on failure'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and not __fish_seen_subcommand_from list show flush retry drop help" -s q -l quiet -d 'Print only errors'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and not __fish_seen_subcommand_from list show flush retry drop help" -s v -l verbose -d 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and not __fish_seen_subcommand_from list show flush retry drop help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and not __fish_seen_subcommand_from list show flush retry drop help" -f -a "list" -d 'Lists queued messages, oldest first'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and not __fish_seen_subcommand_from list show flush retry drop help" -f -a "show" -d 'Shows one entry, and what became of one that was sent'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and not __fish_seen_subcommand_from list show flush retry drop help" -f -a "flush" -d 'Sends the entries that are due'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and not __fish_seen_subcommand_from list show flush retry drop help" -f -a "retry" -d 'Requeues failed entries, and doubtful ones with --yes'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and not __fish_seen_subcommand_from list show flush retry drop help" -f -a "drop" -d 'Removes entries from the outbox for good'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and not __fish_seen_subcommand_from list show flush retry drop help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from list" -s A -l account -d 'The account to use: see `accounts list`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from list" -l config -d 'Read only this configuration file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from list" -l log-file -d 'Append a line for each send to this file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from list" -l timeout -d 'The maximum time for one request: 30s, 2m [default: 2m]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from list" -l max-wait -d 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from list" -l json -d 'Print exactly one JSON object on standard output, on success and on failure'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only errors'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from show" -s A -l account -d 'The account to use: see `accounts list`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from show" -l config -d 'Read only this configuration file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from show" -l log-file -d 'Append a line for each send to this file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from show" -l timeout -d 'The maximum time for one request: 30s, 2m [default: 2m]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from show" -l max-wait -d 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from show" -l message -d 'Print the message itself, as it is sent: RFC 5322 or Graph\'s JSON; or as `sendmail` read it'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from show" -l json -d 'Print exactly one JSON object on standard output, on success and on failure'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print only errors'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from flush" -s A -l account -d 'The account to use: see `accounts list`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from flush" -l config -d 'Read only this configuration file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from flush" -l log-file -d 'Append a line for each send to this file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from flush" -l timeout -d 'The maximum time for one request: 30s, 2m [default: 2m]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from flush" -l max-wait -d 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from flush" -l all -d 'Also send entries that are not due yet'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from flush" -l now -d 'Also send entries that are not due yet, from throttled mailboxes too'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from flush" -l all-users -d 'Also flush the outboxes of all users of this host, as these users; only for root'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from flush" -l json -d 'Print exactly one JSON object on standard output, on success and on failure'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from flush" -s q -l quiet -d 'Print only errors'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from flush" -s v -l verbose -d 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from flush" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from retry" -s A -l account -d 'The account to use: see `accounts list`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from retry" -l config -d 'Read only this configuration file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from retry" -l log-file -d 'Append a line for each send to this file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from retry" -l timeout -d 'The maximum time for one request: 30s, 2m [default: 2m]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from retry" -l max-wait -d 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from retry" -l yes -d 'Requeue doubtful entries too, although they may have been sent'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from retry" -l json -d 'Print exactly one JSON object on standard output, on success and on failure'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from retry" -s q -l quiet -d 'Print only errors'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from retry" -s v -l verbose -d 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from retry" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from drop" -s A -l account -d 'The account to use: see `accounts list`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from drop" -l config -d 'Read only this configuration file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from drop" -l log-file -d 'Append a line for each send to this file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from drop" -l timeout -d 'The maximum time for one request: 30s, 2m [default: 2m]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from drop" -l max-wait -d 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from drop" -l json -d 'Print exactly one JSON object on standard output, on success and on failure'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from drop" -s q -l quiet -d 'Print only errors'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from drop" -s v -l verbose -d 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from drop" -s h -l help -d 'Print help'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from help" -f -a "list" -d 'Lists queued messages, oldest first'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from help" -f -a "show" -d 'Shows one entry, and what became of one that was sent'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from help" -f -a "flush" -d 'Sends the entries that are due'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from help" -f -a "retry" -d 'Requeues failed entries, and doubtful ones with --yes'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from help" -f -a "drop" -d 'Removes entries from the outbox for good'
complete -c graphmail -n "__fish_graphmail_using_subcommand outbox; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c graphmail -n "__fish_graphmail_using_subcommand smtpd" -l listen -d 'Listen on this address and port; repeatable' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand smtpd" -l socket -d 'Listen on this Unix socket, which all users of the host may use' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand smtpd" -s A -l account -d 'The account to use: see `accounts list`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand smtpd" -l config -d 'Read only this configuration file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand smtpd" -l log-file -d 'Append a line for each send to this file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand smtpd" -l timeout -d 'The maximum time for one request: 30s, 2m [default: 2m]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand smtpd" -l max-wait -d 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand smtpd" -l hash-password -d 'Print the hash of a password for [smtpd.users], and end: the first line of standard input'
complete -c graphmail -n "__fish_graphmail_using_subcommand smtpd" -l json -d 'Print exactly one JSON object on standard output, on success and on failure'
complete -c graphmail -n "__fish_graphmail_using_subcommand smtpd" -s q -l quiet -d 'Print only errors'
complete -c graphmail -n "__fish_graphmail_using_subcommand smtpd" -s v -l verbose -d 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
complete -c graphmail -n "__fish_graphmail_using_subcommand smtpd" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c graphmail -n "__fish_graphmail_using_subcommand login" -l client-id -d 'The application (client) id of the registration' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand login" -l tenant -d 'The tenant: a domain or an id' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand login" -l cloud -d 'The cloud: global, usgov, dod, china, or a cloud of the configuration' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand login" -l client-secret-file -d 'The application signs in with the client secret in this file; `-` is standard input' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand login" -l client-secret-command -d 'The application signs in with the client secret that this command prints; it runs for each token' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand login" -l certificate -d 'The application signs in with the certificate and its RSA key in this PEM file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand login" -l certificate-password-file -d 'The file with the password of a PKCS#12 certificate' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand login" -l federated-token-file -d 'The application signs in with another issuer\'s token in this file; it is read for each token' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand login" -l token-command -d 'A command that prints an access token; it runs for each send' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand login" -l managed-identity -d 'The managed identity of this Azure host: a virtual machine, App Service, Functions, Container Apps, an Arc server' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand login" -l scopes -d 'The permissions to ask the user for: send; drafts for large messages; shared for other users\' mailboxes' -r -f -a "send\t''
send+drafts\t''
send+lookup\t''
send+shared\t''
send+drafts+shared\t''
send+lookup+shared\t''"
complete -c graphmail -n "__fish_graphmail_using_subcommand login" -l mailbox -d 'The mailbox to send from, if not the signed-in user\'s own' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand login" -l token-store -d 'Where tokens are kept: keyring, file (readable for this user only) or none' -r -f -a "keyring\t''
file\t''
none\t''"
complete -c graphmail -n "__fish_graphmail_using_subcommand login" -s A -l account -d 'The account to use: see `accounts list`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand login" -l config -d 'Read only this configuration file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand login" -l log-file -d 'Append a line for each send to this file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand login" -l timeout -d 'The maximum time for one request: 30s, 2m [default: 2m]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand login" -l max-wait -d 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand login" -l device-code -d 'A user signs in once on any device with a browser (the default)'
complete -c graphmail -n "__fish_graphmail_using_subcommand login" -l browser -d 'A user signs in once with this host\'s browser, if the tenant forbids device codes'
complete -c graphmail -n "__fish_graphmail_using_subcommand login" -l no-open -d 'Print the page\'s URL and do not open a browser'
complete -c graphmail -n "__fish_graphmail_using_subcommand login" -l send-certificate-chain -d 'Send the certificates too, for a registration that trusts their subject and issuer'
complete -c graphmail -n "__fish_graphmail_using_subcommand login" -l github-actions -d 'The application signs in with the token that GitHub Actions issues to the job'
complete -c graphmail -n "__fish_graphmail_using_subcommand login" -l azure-cli -d 'The sign-in of the Azure CLI, `az login`; az is asked for each send'
complete -c graphmail -n "__fish_graphmail_using_subcommand login" -l json -d 'Print exactly one JSON object on standard output, on success and on failure'
complete -c graphmail -n "__fish_graphmail_using_subcommand login" -s q -l quiet -d 'Print only errors'
complete -c graphmail -n "__fish_graphmail_using_subcommand login" -s v -l verbose -d 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
complete -c graphmail -n "__fish_graphmail_using_subcommand login" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c graphmail -n "__fish_graphmail_using_subcommand logout" -s A -l account -d 'The account to use: see `accounts list`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand logout" -l config -d 'Read only this configuration file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand logout" -l log-file -d 'Append a line for each send to this file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand logout" -l timeout -d 'The maximum time for one request: 30s, 2m [default: 2m]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand logout" -l max-wait -d 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand logout" -l json -d 'Print exactly one JSON object on standard output, on success and on failure'
complete -c graphmail -n "__fish_graphmail_using_subcommand logout" -s q -l quiet -d 'Print only errors'
complete -c graphmail -n "__fish_graphmail_using_subcommand logout" -s v -l verbose -d 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
complete -c graphmail -n "__fish_graphmail_using_subcommand logout" -s h -l help -d 'Print help'
complete -c graphmail -n "__fish_graphmail_using_subcommand status" -l warn-days -d 'Exits 77 if the credential is known to expire within this many days' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand status" -s A -l account -d 'The account to use: see `accounts list`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand status" -l config -d 'Read only this configuration file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand status" -l log-file -d 'Append a line for each send to this file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand status" -l timeout -d 'The maximum time for one request: 30s, 2m [default: 2m]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand status" -l max-wait -d 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand status" -l check -d 'Obtain a new token; exits 77 if none can be obtained'
complete -c graphmail -n "__fish_graphmail_using_subcommand status" -l json -d 'Print exactly one JSON object on standard output, on success and on failure'
complete -c graphmail -n "__fish_graphmail_using_subcommand status" -s q -l quiet -d 'Print only errors'
complete -c graphmail -n "__fish_graphmail_using_subcommand status" -s v -l verbose -d 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
complete -c graphmail -n "__fish_graphmail_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c graphmail -n "__fish_graphmail_using_subcommand keepalive" -l print -d 'Print the weekly job that does this, and renew nothing' -r -f -a "systemd\t'A service and a timer of the user\'s manager'
cron\t'A line of the user\'s crontab'"
complete -c graphmail -n "__fish_graphmail_using_subcommand keepalive" -l install -d 'Install the weekly job: a timer of the user\'s systemd, or a line in the user\'s crontab' -r -f -a "systemd\t'A service and a timer of the user\'s manager'
cron\t'A line of the user\'s crontab'"
complete -c graphmail -n "__fish_graphmail_using_subcommand keepalive" -s A -l account -d 'The account to use: see `accounts list`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand keepalive" -l config -d 'Read only this configuration file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand keepalive" -l log-file -d 'Append a line for each send to this file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand keepalive" -l timeout -d 'The maximum time for one request: 30s, 2m [default: 2m]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand keepalive" -l max-wait -d 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand keepalive" -l all -d 'Renew all accounts of the configuration'
complete -c graphmail -n "__fish_graphmail_using_subcommand keepalive" -l json -d 'Print exactly one JSON object on standard output, on success and on failure'
complete -c graphmail -n "__fish_graphmail_using_subcommand keepalive" -s q -l quiet -d 'Print only errors'
complete -c graphmail -n "__fish_graphmail_using_subcommand keepalive" -s v -l verbose -d 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
complete -c graphmail -n "__fish_graphmail_using_subcommand keepalive" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and not __fish_seen_subcommand_from list use remove help" -s A -l account -d 'The account to use: see `accounts list`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and not __fish_seen_subcommand_from list use remove help" -l config -d 'Read only this configuration file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and not __fish_seen_subcommand_from list use remove help" -l log-file -d 'Append a line for each send to this file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and not __fish_seen_subcommand_from list use remove help" -l timeout -d 'The maximum time for one request: 30s, 2m [default: 2m]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and not __fish_seen_subcommand_from list use remove help" -l max-wait -d 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and not __fish_seen_subcommand_from list use remove help" -l json -d 'Print exactly one JSON object on standard output, on success and on failure'
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and not __fish_seen_subcommand_from list use remove help" -s q -l quiet -d 'Print only errors'
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and not __fish_seen_subcommand_from list use remove help" -s v -l verbose -d 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and not __fish_seen_subcommand_from list use remove help" -s h -l help -d 'Print help'
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and not __fish_seen_subcommand_from list use remove help" -f -a "list" -d 'Lists the accounts, also that of the environment; a star marks the default'
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and not __fish_seen_subcommand_from list use remove help" -f -a "use" -d 'Makes an account the default'
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and not __fish_seen_subcommand_from list use remove help" -f -a "remove" -d 'Removes an account and its tokens'
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and not __fish_seen_subcommand_from list use remove help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and __fish_seen_subcommand_from list" -s A -l account -d 'The account to use: see `accounts list`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and __fish_seen_subcommand_from list" -l config -d 'Read only this configuration file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and __fish_seen_subcommand_from list" -l log-file -d 'Append a line for each send to this file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and __fish_seen_subcommand_from list" -l timeout -d 'The maximum time for one request: 30s, 2m [default: 2m]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and __fish_seen_subcommand_from list" -l max-wait -d 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and __fish_seen_subcommand_from list" -l json -d 'Print exactly one JSON object on standard output, on success and on failure'
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only errors'
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and __fish_seen_subcommand_from use" -s A -l account -d 'The account to use: see `accounts list`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and __fish_seen_subcommand_from use" -l config -d 'Read only this configuration file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and __fish_seen_subcommand_from use" -l log-file -d 'Append a line for each send to this file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and __fish_seen_subcommand_from use" -l timeout -d 'The maximum time for one request: 30s, 2m [default: 2m]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and __fish_seen_subcommand_from use" -l max-wait -d 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and __fish_seen_subcommand_from use" -l json -d 'Print exactly one JSON object on standard output, on success and on failure'
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and __fish_seen_subcommand_from use" -s q -l quiet -d 'Print only errors'
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and __fish_seen_subcommand_from use" -s v -l verbose -d 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and __fish_seen_subcommand_from use" -s h -l help -d 'Print help'
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and __fish_seen_subcommand_from remove" -s A -l account -d 'The account to use: see `accounts list`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and __fish_seen_subcommand_from remove" -l config -d 'Read only this configuration file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and __fish_seen_subcommand_from remove" -l log-file -d 'Append a line for each send to this file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and __fish_seen_subcommand_from remove" -l timeout -d 'The maximum time for one request: 30s, 2m [default: 2m]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and __fish_seen_subcommand_from remove" -l max-wait -d 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and __fish_seen_subcommand_from remove" -l json -d 'Print exactly one JSON object on standard output, on success and on failure'
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Print only errors'
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and __fish_seen_subcommand_from help" -f -a "list" -d 'Lists the accounts, also that of the environment; a star marks the default'
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and __fish_seen_subcommand_from help" -f -a "use" -d 'Makes an account the default'
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Removes an account and its tokens'
complete -c graphmail -n "__fish_graphmail_using_subcommand accounts; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c graphmail -n "__fish_graphmail_using_subcommand doctor" -l admin -d 'Print how an administrator grants permissions to this account: its mailbox only, or consent' -r -f -a "az\t'The Azure CLI: consent for the whole tenant'
powershell\t'PowerShell: one mailbox'
portal\t'A browser: consent for the whole tenant'"
complete -c graphmail -n "__fish_graphmail_using_subcommand doctor" -s A -l account -d 'The account to use: see `accounts list`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand doctor" -l config -d 'Read only this configuration file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand doctor" -l log-file -d 'Append a line for each send to this file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand doctor" -l timeout -d 'The maximum time for one request: 30s, 2m [default: 2m]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand doctor" -l max-wait -d 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand doctor" -l as-cron -d 'Run the checks in the environment of a cron job: HOME, LOGNAME, SHELL and PATH only'
complete -c graphmail -n "__fish_graphmail_using_subcommand doctor" -l large -d 'Fail if messages of more than 3 MB cannot be sent'
complete -c graphmail -n "__fish_graphmail_using_subcommand doctor" -l json -d 'Print exactly one JSON object on standard output, on success and on failure'
complete -c graphmail -n "__fish_graphmail_using_subcommand doctor" -s q -l quiet -d 'Print only errors'
complete -c graphmail -n "__fish_graphmail_using_subcommand doctor" -s v -l verbose -d 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
complete -c graphmail -n "__fish_graphmail_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c graphmail -n "__fish_graphmail_using_subcommand sandbox" -l port -d 'The port on loopback; 0 means a free one' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand sandbox" -l folder -d 'The folder for NNNN.json and NNNN.eml of each accepted message' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand sandbox" -l mailbox -d 'An address that exists and can send; the first is the user\'s; repeatable' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand sandbox" -l permission -d 'A Graph permission that consent grants; repeatable' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand sandbox" -l certificate -d 'A file with certificates to register, in PEM or DER; repeatable' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand sandbox" -l federated-token-file -d 'A file with the token of another issuer to accept' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand sandbox" -l client-secret-file -d 'A file with the only client secret to accept' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand sandbox" -l polls -d 'How many times a device code is pending before it is approved' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand sandbox" -l message-limit -d 'The largest message that a mailbox can send, in bytes or as in 150MB; default 35MB' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand sandbox" -l bounce -d 'Addresses to which nothing is delivered, `*` for any text: `*@bad.example`; repeatable' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand sandbox" -l fault -d 'A fault to simulate: \'POST /me/sendMail=429,retry-after=2\'; repeatable' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand sandbox" -s A -l account -d 'The account to use: see `accounts list`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand sandbox" -l config -d 'Read only this configuration file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand sandbox" -l log-file -d 'Append a line for each send to this file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand sandbox" -l timeout -d 'The maximum time for one request: 30s, 2m [default: 2m]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand sandbox" -l max-wait -d 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand sandbox" -l background -d 'Print the environment for `eval`, and keep running in the background'
complete -c graphmail -n "__fish_graphmail_using_subcommand sandbox" -l managed-identity -d 'Give the command a managed identity, as App Service does'
complete -c graphmail -n "__fish_graphmail_using_subcommand sandbox" -l json -d 'Print exactly one JSON object on standard output, on success and on failure'
complete -c graphmail -n "__fish_graphmail_using_subcommand sandbox" -s q -l quiet -d 'Print only errors'
complete -c graphmail -n "__fish_graphmail_using_subcommand sandbox" -s v -l verbose -d 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
complete -c graphmail -n "__fish_graphmail_using_subcommand sandbox" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c graphmail -n "__fish_graphmail_using_subcommand completions" -s A -l account -d 'The account to use: see `accounts list`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand completions" -l config -d 'Read only this configuration file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand completions" -l log-file -d 'Append a line for each send to this file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand completions" -l timeout -d 'The maximum time for one request: 30s, 2m [default: 2m]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand completions" -l max-wait -d 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand completions" -l json -d 'Print exactly one JSON object on standard output, on success and on failure'
complete -c graphmail -n "__fish_graphmail_using_subcommand completions" -s q -l quiet -d 'Print only errors'
complete -c graphmail -n "__fish_graphmail_using_subcommand completions" -s v -l verbose -d 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
complete -c graphmail -n "__fish_graphmail_using_subcommand completions" -s h -l help -d 'Print help'
complete -c graphmail -n "__fish_graphmail_using_subcommand man" -s A -l account -d 'The account to use: see `accounts list`' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand man" -l config -d 'Read only this configuration file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand man" -l log-file -d 'Append a line for each send to this file' -r -F
complete -c graphmail -n "__fish_graphmail_using_subcommand man" -l timeout -d 'The maximum time for one request: 30s, 2m [default: 2m]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand man" -l max-wait -d 'The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be queued]' -r
complete -c graphmail -n "__fish_graphmail_using_subcommand man" -l json -d 'Print exactly one JSON object on standard output, on success and on failure'
complete -c graphmail -n "__fish_graphmail_using_subcommand man" -s q -l quiet -d 'Print only errors'
complete -c graphmail -n "__fish_graphmail_using_subcommand man" -s v -l verbose -d 'Print more messages; twice: also each HTTP exchange, without secrets and bodies'
complete -c graphmail -n "__fish_graphmail_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c graphmail -n "__fish_graphmail_using_subcommand help; and not __fish_seen_subcommand_from send draft merge outbox sendmail smtpd login logout status keepalive accounts doctor sandbox completions man help" -f -a "send" -d 'Sends a message composed from flags, or a ready message'
complete -c graphmail -n "__fish_graphmail_using_subcommand help; and not __fish_seen_subcommand_from send draft merge outbox sendmail smtpd login logout status keepalive accounts doctor sandbox completions man help" -f -a "draft" -d 'Creates, lists, sends and deletes drafts'
complete -c graphmail -n "__fish_graphmail_using_subcommand help; and not __fish_seen_subcommand_from send draft merge outbox sendmail smtpd login logout status keepalive accounts doctor sandbox completions man help" -f -a "merge" -d 'Sends one personal message for each row of a CSV or JSON file'
complete -c graphmail -n "__fish_graphmail_using_subcommand help; and not __fish_seen_subcommand_from send draft merge outbox sendmail smtpd login logout status keepalive accounts doctor sandbox completions man help" -f -a "outbox" -d 'Lists, sends and drops queued messages'
complete -c graphmail -n "__fish_graphmail_using_subcommand help; and not __fish_seen_subcommand_from send draft merge outbox sendmail smtpd login logout status keepalive accounts doctor sandbox completions man help" -f -a "sendmail" -d 'Sends a message as /usr/sbin/sendmail does; also under the names sendmail, mailq and newaliases'
complete -c graphmail -n "__fish_graphmail_using_subcommand help; and not __fish_seen_subcommand_from send draft merge outbox sendmail smtpd login logout status keepalive accounts doctor sandbox completions man help" -f -a "smtpd" -d 'Runs the host\'s mail service: takes messages by SMTP, queues them and sends them'
complete -c graphmail -n "__fish_graphmail_using_subcommand help; and not __fish_seen_subcommand_from send draft merge outbox sendmail smtpd login logout status keepalive accounts doctor sandbox completions man help" -f -a "login" -d 'Signs in and stores the account'
complete -c graphmail -n "__fish_graphmail_using_subcommand help; and not __fish_seen_subcommand_from send draft merge outbox sendmail smtpd login logout status keepalive accounts doctor sandbox completions man help" -f -a "logout" -d 'Removes the stored tokens of an account; `accounts remove` also removes the account'
complete -c graphmail -n "__fish_graphmail_using_subcommand help; and not __fish_seen_subcommand_from send draft merge outbox sendmail smtpd login logout status keepalive accounts doctor sandbox completions man help" -f -a "status" -d 'Shows the account, its permissions, and when its credential and its token expire'
complete -c graphmail -n "__fish_graphmail_using_subcommand help; and not __fish_seen_subcommand_from send draft merge outbox sendmail smtpd login logout status keepalive accounts doctor sandbox completions man help" -f -a "keepalive" -d 'Renews the sign-in of an account, which otherwise expires after 90 days without use'
complete -c graphmail -n "__fish_graphmail_using_subcommand help; and not __fish_seen_subcommand_from send draft merge outbox sendmail smtpd login logout status keepalive accounts doctor sandbox completions man help" -f -a "accounts" -d 'Lists, chooses and removes accounts'
complete -c graphmail -n "__fish_graphmail_using_subcommand help; and not __fish_seen_subcommand_from send draft merge outbox sendmail smtpd login logout status keepalive accounts doctor sandbox completions man help" -f -a "doctor" -d 'Checks everything that is needed to send mail, and says how to fix it'
complete -c graphmail -n "__fish_graphmail_using_subcommand help; and not __fish_seen_subcommand_from send draft merge outbox sendmail smtpd login logout status keepalive accounts doctor sandbox completions man help" -f -a "sandbox" -d 'Simulates Entra and Graph on this host, and can run a command in this sandbox'
complete -c graphmail -n "__fish_graphmail_using_subcommand help; and not __fish_seen_subcommand_from send draft merge outbox sendmail smtpd login logout status keepalive accounts doctor sandbox completions man help" -f -a "completions" -d 'Prints the completions of a shell'
complete -c graphmail -n "__fish_graphmail_using_subcommand help; and not __fish_seen_subcommand_from send draft merge outbox sendmail smtpd login logout status keepalive accounts doctor sandbox completions man help" -f -a "man" -d 'Shows a page of the manual, or writes all pages into a folder'
complete -c graphmail -n "__fish_graphmail_using_subcommand help; and not __fish_seen_subcommand_from send draft merge outbox sendmail smtpd login logout status keepalive accounts doctor sandbox completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c graphmail -n "__fish_graphmail_using_subcommand help; and __fish_seen_subcommand_from draft" -f -a "create" -d 'Saves a message in Drafts without sending it'
complete -c graphmail -n "__fish_graphmail_using_subcommand help; and __fish_seen_subcommand_from draft" -f -a "list" -d 'Lists all drafts, newest first: id, creation time, recipients, subject'
complete -c graphmail -n "__fish_graphmail_using_subcommand help; and __fish_seen_subcommand_from draft" -f -a "send" -d 'Sends a draft; if that fails, the draft stays in Drafts'
complete -c graphmail -n "__fish_graphmail_using_subcommand help; and __fish_seen_subcommand_from draft" -f -a "delete" -d 'Moves a draft to Deleted Items; refuses a message that is not a draft'
complete -c graphmail -n "__fish_graphmail_using_subcommand help; and __fish_seen_subcommand_from outbox" -f -a "list" -d 'Lists queued messages, oldest first'
complete -c graphmail -n "__fish_graphmail_using_subcommand help; and __fish_seen_subcommand_from outbox" -f -a "show" -d 'Shows one entry, and what became of one that was sent'
complete -c graphmail -n "__fish_graphmail_using_subcommand help; and __fish_seen_subcommand_from outbox" -f -a "flush" -d 'Sends the entries that are due'
complete -c graphmail -n "__fish_graphmail_using_subcommand help; and __fish_seen_subcommand_from outbox" -f -a "retry" -d 'Requeues failed entries, and doubtful ones with --yes'
complete -c graphmail -n "__fish_graphmail_using_subcommand help; and __fish_seen_subcommand_from outbox" -f -a "drop" -d 'Removes entries from the outbox for good'
complete -c graphmail -n "__fish_graphmail_using_subcommand help; and __fish_seen_subcommand_from accounts" -f -a "list" -d 'Lists the accounts, also that of the environment; a star marks the default'
complete -c graphmail -n "__fish_graphmail_using_subcommand help; and __fish_seen_subcommand_from accounts" -f -a "use" -d 'Makes an account the default'
complete -c graphmail -n "__fish_graphmail_using_subcommand help; and __fish_seen_subcommand_from accounts" -f -a "remove" -d 'Removes an account and its tokens'
complete -c graphmail -n "__fish_graphmail_using_subcommand sendmail" -s h -l help -d 'Print help'
