// Sign-in with the user pool, and AWS credentials from the identity pool. Nothing is kept outside of memory.
import { fromBase64 } from './bytes.js';
import { proveSrp, startSrp } from './srp.js';

async function call(endpoint, target, body) {
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
    body: JSON.stringify(body),
  });
  const result = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(result.message || result.Message || `Sign-in failed (${answer.status}).`);
  return result;
}

const userPool = (config, action, body) =>
  call(config.userPoolEndpoint, `AWSCognitoIdentityProviderService.${action}`, {
    ClientId: config.userPoolClientId, ...body,
  });

// -> { tokens } or { newPasswordFor } to be handed to setPassword
export async function signIn(config, user, password) {
  const srp = startSrp();
  const start = await userPool(config, 'InitiateAuth', {
    AuthFlow: 'USER_SRP_AUTH',
    AuthParameters: { USERNAME: user, SRP_A: srp.public.toString(16) },
  });
  const poolName = config.userPoolId.split('_')[1];
  const proof = await proveSrp(srp, poolName, password, start.ChallengeParameters, new Date());
  const answer = await userPool(config, 'RespondToAuthChallenge', {
    ChallengeName: 'PASSWORD_VERIFIER', ChallengeResponses: proof, Session: start.Session,
  });
  if (answer.ChallengeName === 'NEW_PASSWORD_REQUIRED') {
    return { newPasswordFor: { user: proof.USERNAME, session: answer.Session } };
  }
  return finished(answer);
}

export async function setPassword(config, { user, session }, password) {
  return finished(await userPool(config, 'RespondToAuthChallenge', {
    ChallengeName: 'NEW_PASSWORD_REQUIRED',
    ChallengeResponses: { USERNAME: user, NEW_PASSWORD: password },
    Session: session,
  }));
}

function finished(answer) {
  if (!answer.AuthenticationResult) throw new Error(`This page cannot answer ${answer.ChallengeName}.`);
  return { tokens: answer.AuthenticationResult };
}

// temporary credentials, asked for anew before they run out
export function credentialsSource(config, tokens) {
  let idToken = tokens.IdToken;
  let held = null;
  const fresh = (expiry) => expiry * 1000 - Date.now() > 60_000;
  return async () => {
    if (held && fresh(held.Expiration)) return held;
    if (!fresh(claims(idToken).exp)) {
      const answer = await userPool(config, 'InitiateAuth', {
        AuthFlow: 'REFRESH_TOKEN_AUTH', AuthParameters: { REFRESH_TOKEN: tokens.RefreshToken },
      });
      idToken = answer.AuthenticationResult.IdToken;
    }
    const Logins = { [claims(idToken).iss.replace(/^https?:\/\//, '')]: idToken };
    const identity = (action, body) =>
      call(config.identityPoolEndpoint, `AWSCognitoIdentityService.${action}`, { ...body, Logins });
    const { IdentityId } = await identity('GetId', { IdentityPoolId: config.identityPoolId });
    held = (await identity('GetCredentialsForIdentity', { IdentityId })).Credentials;
    return held;
  };
}

const claims = (token) =>
  JSON.parse(new TextDecoder().decode(fromBase64(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/'))));
