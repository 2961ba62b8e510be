import test from 'ava';
import {digestAuthorization} from '../../../src/source/http/digest.ts';

// The examples of RFC 7616, section 3.9.1.
const credentials = {user: 'Mufasa', password: 'Circle of Life'};
const request = {method: 'GET', uri: '/dir/index.html'};
const cnonce = 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ';
const challenge = (algorithm: string) =>
  `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`;

test('MD5 answers as in RFC 7616', t => {
  t.regex(
    digestAuthorization(challenge('MD5'), credentials, request, cnonce) ?? '',
    /response="8ca523f5e9506fed4657c9700eebdbec"/,
  );
});

test('SHA-256 answers as in RFC 7616', t => {
  t.regex(
    digestAuthorization(challenge('SHA-256'), credentials, request, cnonce) ?? '',
    /response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"/,
  );
});

test('a challenge without qop is answered in the older way', t => {
  const answer = digestAuthorization(
    'Digest realm="r", nonce="n"',
    {user: 'u', password: 'p'},
    {method: 'GET', uri: '/'},
  );
  t.is(
    answer,
    'Digest username="u", realm="r", nonce="n", uri="/", algorithm=MD5, response="f23121ca97143c6b358da620220c83b4"',
  );
});

test('other challenges are not answered', t => {
  t.is(digestAuthorization('Basic realm="r"', credentials, request), undefined);
  t.is(digestAuthorization('Digest realm="r", nonce="n", algorithm=MD5-sess', credentials, request), undefined);
});
