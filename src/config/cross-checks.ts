import {isLoopback} from '../http/loopback.ts';
import {delegateComplaints} from './delegate-names.ts';
import type {Complaint} from './issues.ts';
import {type Located, type Path, valueAt} from './located.ts';

type CrossCheck = (root: Located) => Complaint[];

/** What two keys say together. Works on the file's raw values, so that it also runs when other keys are wrong. */
export const crossChecks: readonly CrossCheck[] = [
  root => [
    ...onlyOne(root, ['mqtt'], ['username', 'usernameFile', 'usernameEnv']),
    ...onlyOne(root, ['mqtt'], ['passwordFile', 'passwordEnv']),
    ...together(root, ['mqtt', 'tls'], ['cert', 'key']),
    ...onlyOne(root, ['http'], ['tokenFile', 'tokenEnv']),
  ],
  urlWithSecret,
  tlsWithoutTls,
  noBroker,
  openServer,
  regions,
  delegateComplaints,
];

function onlyOne(root: Located, parent: Path, keys: readonly string[]): Complaint[] {
  const present = keys.filter(key => valueAt(root, [...parent, key]));
  return present.slice(1).map(key => ({
    path: [...parent, key],
    at: 'key',
    kind: 'bad-key',
    got: `${key} as well`,
    expected: `only one of ${present.join(' and ')}`,
    hint: `Remove "${key}" or "${present[0]}".`,
  }));
}

function together(root: Located, parent: Path, keys: readonly string[]): Complaint[] {
  const present = keys.filter(key => valueAt(root, [...parent, key]));
  const [only] = present;
  if (only === undefined || present.length === keys.length) return [];
  const missing = keys.find(key => !present.includes(key));
  return [
    {
      path: [...parent, only],
      at: 'key',
      kind: 'bad-key',
      got: `only ${only}`,
      expected: `${keys.join(' and ')} together`,
      hint: `Add "${missing}" beside it.`,
    },
  ];
}

function urlWithSecret(root: Located): Complaint[] {
  const url = valueAt(root, ['mqtt', 'url'])?.value;
  if (typeof url !== 'string' || !/^[a-z]+:\/\/[^/]*@/i.test(url)) return [];
  return [
    {
      path: ['mqtt', 'url'],
      at: 'value',
      kind: 'bad-value',
      expected: 'an address without user name and password',
      hint: 'Name them with username and passwordFile (or passwordEnv).',
    },
  ];
}

function tlsWithoutTls(root: Located): Complaint[] {
  const url = valueAt(root, ['mqtt', 'url'])?.value;
  const tls = valueAt(root, ['mqtt', 'tls'])?.entries;
  if (!tls || tls.size === 0 || typeof url !== 'string' || !/^(mqtt|tcp|ws):/i.test(url)) return [];
  return [
    {
      path: ['mqtt', 'url'],
      at: 'value',
      kind: 'bad-value',
      expected: 'an address with TLS, because mqtt.tls is given',
      hint: 'Write mqtts:// (or wss://), or remove mqtt.tls.',
    },
  ];
}

function noBroker(root: Located): Complaint[] {
  const path = ['broker', 'embedded'];
  if (valueAt(root, path)?.value !== false || valueAt(root, ['mqtt', 'url'])) return [];
  return [
    {
      path,
      at: 'value',
      kind: 'bad-value',
      expected: 'true or auto, because mqtt.url is absent',
      hint: 'Give mqtt.url.',
    },
  ];
}

function openServer(root: Located): Complaint[] {
  const path = ['http', 'host'];
  const host = valueAt(root, path)?.value;
  if (typeof host !== 'string' || isLoopback(host) || valueAt(root, ['http', 'enabled'])?.value !== true) return [];
  if (valueAt(root, ['http', 'tokenFile']) || valueAt(root, ['http', 'tokenEnv'])) return [];
  return [
    {
      path,
      at: 'value',
      kind: 'bad-value',
      expected: 'an address of the loopback, because there is no token',
      hint: 'Give http.tokenFile (openssl rand -hex 32 writes a token), or listen on 127.0.0.1.',
    },
  ];
}

function regions(root: Located): Complaint[] {
  return [...(valueAt(root, ['pipelines'])?.entries?.keys() ?? [])].flatMap(name =>
    (
      [
        ['x', 'width'],
        ['y', 'height'],
      ] as const
    ).flatMap(([edge, size]): Complaint[] => {
      const at = (key: string) => valueAt(root, ['pipelines', name, 'region', key])?.value;
      const [from, length] = [at(edge), at(size)];
      if (typeof from !== 'number' || typeof length !== 'number' || from + length <= 1 + 1e-9) return [];
      return [
        {
          path: ['pipelines', name, 'region', size],
          at: 'value',
          kind: 'bad-value',
          expected: `${edge} + ${size} of at most 1`,
          hint: 'Regions are fractions of the frame, from 0 to 1.',
        },
      ];
    }),
  );
}
