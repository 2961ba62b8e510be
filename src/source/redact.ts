const secretKey = /pass|pwd|token|key|secret|auth|user|login|sig|credential/i;

/** A URL without its user, password and the values of query parameters that look like secrets. */
export function redactUrl(url: string): string {
  const noUser = url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1');
  return noUser.replace(/([?&;])([^=&;#]+)=([^&;#]*)/g, (whole, mark: string, key: string) =>
    secretKey.test(key) ? `${mark}${key}=***` : whole,
  );
}

/** Makes a function that takes the secrets of `url` out of any text, as written or percent-decoded. */
export function redactorOf(url: string): (text: string) => string {
  const secrets = new Set([url]);
  const userinfo = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)@/i.exec(url)?.[1];
  if (userinfo !== undefined) {
    secrets.add(`${userinfo}@`);
    const colon = userinfo.indexOf(':');
    if (colon >= 0) secrets.add(userinfo.slice(colon + 1));
  }
  for (const [, key, value] of url.matchAll(/[?&;]([^=&;#]+)=([^&;#]*)/g)) {
    if (value !== undefined && secretKey.test(key ?? '')) secrets.add(value);
  }
  const replacements = [...secrets]
    .flatMap(secret => [secret, percentDecoded(secret)])
    .filter(secret => secret.length > 0)
    .sort((a, b) => b.length - a.length)
    .map(secret => [secret, secret === url ? redactUrl(url) : secret.endsWith('@') ? '' : '***'] as const);
  return text => replacements.reduce((clean, [secret, instead]) => clean.replaceAll(secret, instead), text);
}

/** The text itself where it is no valid percent encoding. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
