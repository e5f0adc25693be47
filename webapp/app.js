// Signs in and shows who may write: the primary Region is asked first, the secondary when it does not answer in time.
import { credentialsSource, setPassword, signIn } from './cognito.js';
import { signedHeaders } from './sigv4.js';

const PATIENCE_MS = 2_000;
const REFRESH_MS = 15_000;
const WORDS = {
  active: 'Active in the primary Region',
  fenced: 'Fenced: nobody may write',
  failover: 'Failed over to the secondary Region',
};

const $ = (id) => document.getElementById(id);
// text that has not changed is left alone: a screen reader would read it out again
const write = (id, text) => { if ($(id).textContent !== text) $(id).textContent = text; };
const say = (text) => write('message', text);

function show(id) {
  for (const name of ['sign-in', 'new-password', 'status']) $(name).hidden = name !== id;
  $('sign-out').hidden = id !== 'status';
  $(id).querySelector('input')?.focus();
}

async function askRegion(config, { region, routingLayerUrl }, credentials) {
  const url = `${routingLayerUrl}/state/${config.appId}`;
  const headers = await signedHeaders(url, region, credentials, new Date());
  const answer = await fetch(url, { headers, cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!answer.ok) throw new Error(`answered ${answer.status}`);
  return { region, ...(await answer.json()) };
}

function reason(error) {
  if (error.name === 'TimeoutError') return `no answer within ${PATIENCE_MS / 1000} s`;
  return error instanceof TypeError ? 'cannot be reached' : error.message;
}

async function askState(config, credentials) {
  const troubles = [];
  for (const place of [config.primary, config.secondary]) {
    try {
      return { ...(await askRegion(config, place, credentials)), troubles };
    } catch (error) {
      troubles.push(`${place.region}: ${reason(error)}.`);
    }
  }
  return { troubles };
}

function showState({ state, writableRegion, epoch, updatedAt, region, troubles }) {
  const unknown = region ? 'No such application' : 'Unknown: neither Region answers';
  write('state', state ? WORDS[state] ?? state : unknown);
  $('state').dataset.state = state ?? 'none';
  write('writable', writableRegion ?? '–');
  write('epoch', String(epoch ?? '–'));
  write('answered', region ?? '–');
  write('changed', updatedAt ? new Date(updatedAt).toLocaleString() : '–');
  write('checked', `Checked at ${new Date().toLocaleTimeString()}; again every ${REFRESH_MS / 1000} s.`);
  say(troubles.join('\n'));
}

function watch(config, tokens) {
  const credentials = credentialsSource(config, tokens);
  const refresh = async () => {
    try {
      showState(await askState(config, await credentials()));
    } catch (error) {
      say(`Your credentials cannot be renewed: ${reason(error)}.`);
    }
    setTimeout(refresh, REFRESH_MS);
  };
  show('status');
  return refresh();
}

function onSubmit(id, work) {
  $(id).addEventListener('submit', async (event) => {
    event.preventDefault();
    const button = event.target.querySelector('button');
    button.disabled = true;
    say('');
    try {
      await work();
      event.target.reset();
    } catch (error) {
      say(reason(error));
    } finally {
      button.disabled = false;
    }
  });
}

async function start() {
  const answer = await fetch('./uiConfig.json', { cache: 'no-store' });
  if (!answer.ok) throw new Error(`answered ${answer.status}`);
  const config = await answer.json();
  let newPasswordFor = null;
  onSubmit('sign-in', async () => {
    const result = await signIn(config, $('user').value.trim(), $('password').value);
    newPasswordFor = result.newPasswordFor;
    if (newPasswordFor) show('new-password');
    else await watch(config, result.tokens);
  });
  onSubmit('new-password', async () => {
    const { tokens } = await setPassword(config, newPasswordFor, $('chosen').value);
    await watch(config, tokens);
  });
  $('sign-out').addEventListener('click', () => location.reload());
  show('sign-in');
}

start().catch((error) => say(`The page's settings (uiConfig.json) cannot be read: ${reason(error)}.`));
