curl --request POST https://graph.microsoft.com/v1.0/me/messages \
  --header @/dev/fd/3 3<<TOKEN \
  --header 'Content-Type: application/json' \
  --data-binary @- <<'GRAPHMAIL'
Authorization: Bearer ${GRAPHMAIL_ACCESS_TOKEN:?}
TOKEN
{"subject":"Kept","body":{"contentType":"Text","content":"Text"},"from":{"emailAddress":{"address":"me@example.org"}},"internetMessageId":"<kept@example.org>"}
GRAPHMAIL
