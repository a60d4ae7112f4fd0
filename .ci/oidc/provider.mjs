// An authorization server that is not ours, with Entra's paths, and a Graph that takes a message
// from whoever holds one of its tokens. Usage: node provider.mjs CERTIFICATE.pem READY-FILE
//
// The folder of oidc-provider's package is found through NODE_PATH's first entry.
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

const [certificate, ready] = process.argv.slice(2);
const { Provider, interactionPolicy } = await import(
  pathToFileURL(`${process.env.NODE_PATH}/oidc-provider/lib/index.js`)
);

const server = createServer();
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const root = `http://127.0.0.1:${server.address().port}`;
const permissions = ['Mail.Send', '.default'].map((name) => `${root}/${name}`);

const x509 = new X509Certificate(readFileSync(certificate));
const key = {
  ...x509.publicKey.export({ format: 'jwk' }),
  use: 'sig',
  alg: 'PS256',
  'x5t#S256': createHash('sha256').update(x509.raw).digest('base64url'),
};
// An account is chosen, as a person is asked to at Entra (OpenID Connect Core 1.0 section 3.1.2.1).
const policy = interactionPolicy.base();
policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0);
const application = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };

const provider = new Provider(root, {
  clients: [
    {
      client_id: 'aaaaaaaa-0000-4000-8000-000000000001',
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      grant_types: [
        'authorization_code',
        'refresh_token',
        'urn:ietf:params:oauth:grant-type:device_code',
      ],
      redirect_uris: ['http://localhost'],
    },
    {
      ...application,
      client_id: 'aaaaaaaa-0000-4000-8000-000000000002',
      client_secret: 'a secret with ~ . + & = %',
      token_endpoint_auth_method: 'client_secret_post',
    },
    {
      ...application,
      client_id: 'aaaaaaaa-0000-4000-8000-000000000003',
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'PS256',
      jwks: { keys: [key] },
    },
  ],
  routes: {
    authorization: '/contoso.com/oauth2/v2.0/authorize',
    device_authorization: '/contoso.com/oauth2/v2.0/devicecode',
    token: '/contoso.com/oauth2/v2.0/token',
  },
  clientAuthMethods: ['none', 'client_secret_post', 'private_key_jwt'],
  enabledJWA: { clientAuthSigningAlgValues: ['PS256'] },
  scopes: ['openid', 'profile', 'offline_access'],
  pkce: { required: () => true },
  // A used refresh token is worth nothing, and its second use ends the grant.
  rotateRefreshToken: true,
  issueRefreshToken: (_, client, code) => client.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access'),
  // Shorter than the margin within which graphmail renews: each send takes a new one.
  ttl: { AccessToken: 60, ClientCredentials: 60 },
  cookies: { keys: ['of this run alone'] },
  features: {
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => root,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({ scope: permissions.join(' '), accessTokenFormat: 'opaque' }),
    },
  },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, preferred_username: id }) }),
  claims: { profile: ['preferred_username'] },
  conformIdTokenClaims: false,
  interactions: { policy, url: (_, interaction) => `/interaction/${interaction.uid}` },
  // The person consents to whatever is asked.
  loadExistingGrant: async (ctx) => {
    const grant = new provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope('openid profile offline_access');
    grant.addResourceScope(root, permissions.join(' '));
    await grant.save();
    return grant;
  },
});

const served = provider.callback();
const messages = [];

// POST /v1.0/me/sendMail and /v1.0/users/{id}/sendMail, for the tokens that were issued here.
async function graph(request, response) {
  const [, token] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
  const known =
    token && ((await provider.AccessToken.find(token)) ?? (await provider.ClientCredentials.find(token)));
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  if (!known) return response.writeHead(401).end();
  const { message } = JSON.parse(Buffer.concat(chunks));
  messages.push(`${known.clientId} ${known.kind} ${request.url} ${message.subject}`);
  response.writeHead(202).end();
}

server.on('request', async (request, response) => {
  const { pathname } = new URL(request.url, root);
  if (pathname.startsWith('/v1.0/')) return graph(request, response);
  if (pathname === '/messages') return response.end(`${messages.join('\n')}\n`);
  if (pathname.startsWith('/interaction/')) {
    const { prompt } = await provider.interactionDetails(request, response);
    const answers = { select_account: {}, login: { accountId: 'jane@contoso.com' }, consent: {} };
    return provider.interactionFinished(request, response, { [prompt.name]: answers[prompt.name] });
  }
  // OpenID Connect Core 1.0 section 11 grants offline_access to prompt=consent alone, Entra to any.
  request.url = request.url.replace('prompt=select_account', '$&+consent');
  return served(request, response);
});
provider.on('server_error', (_, error) => console.error(error));
for (const event of ['grant.error', 'authorization.error']) {
  provider.on(event, (_, error) => console.error(event, error.error, error.error_description ?? error.error_detail));
}
writeFileSync(ready, root);
