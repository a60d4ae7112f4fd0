curl --request POST https://graph.microsoft.com/v1.0/me/sendMail \
  --header @/dev/fd/3 3<<TOKEN \
  --header 'Content-Type: application/json' \
  --data-binary @- <<'GRAPHMAIL'
Authorization: Bearer ${GRAPHMAIL_ACCESS_TOKEN:?}
TOKEN
{"message":{"subject":"Grüße","body":{"contentType":"Text","content":"It's"},"toRecipients":[{"emailAddress":{"address":"jane@example.org","name":"Doe, Jane"}}],"bccRecipients":[{"emailAddress":{"address":"b@example.org"}}],"from":{"emailAddress":{"address":"me@example.org"}},"internetMessageId":"<00000000-0000-4000-8000-000000000000@example.org>","attachments":[{"@odata.type":"#microsoft.graph.fileAttachment","name":"note.txt","contentType":"text/plain","contentBytes":"bm90ZWQK"}]},"saveToSentItems":true}
GRAPHMAIL
