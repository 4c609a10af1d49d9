import { describe, expect, it } from 'vitest';
import { isSignInPage } from './visit';

describe('where a person may be sent to sign in', () => {
  it.each([
    ['https://connect.squareup.com/oauth2/authorize?client_id=a', true],
    ['https://connect.squareupsandbox.com/oauth2/authorize', true],
    ['https://cloud.lightspeedapp.com/auth/oauth/authorize?state=a', true],
    ['http://127.0.0.1:4010/oauth2/authorize?state=a', true],
    ['http://[::1]:4010/oauth2/authorize', true],
    ['http://localhost:4010/oauth2/authorize', true],
    ['http://connect.squareup.com/oauth2/authorize', false],
    ['https://127.0.0.1:4010/oauth2/authorize', false],
    ['http://127.0.0.1.example.com/', false],
    ['http://user@127.0.0.1/', false],
    ['https://connect.squareup.com:8443/', false],
    ['https://connect.squareup.com@example.com/', false],
    ['https://lightspeedapp.com.example.com/', false],
    ['https://notsquareup.com/', false],
    ['javascript:alert(1)//squareup.com', false],
    ['data:text/html,squareup.com', false],
    ['backroom://connected?code=a', false],
    ['', false],
  ])('%s', (address, opens) => {
    expect(isSignInPage(address)).toBe(opens);
  });
});
