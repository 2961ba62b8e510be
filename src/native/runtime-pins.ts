/** A TFLite C library that is known to work, as Maven has it. */
export interface RuntimePin {
  readonly version: RuntimeVersion;
  readonly artifactVersion: string;
  /** Oldest C library (glibc) that it starts on. */
  readonly glibc: readonly [major: number, minor: number];
  readonly files: Readonly<Record<RuntimeArch, RuntimeFile>>;
}

/** One jar and the shared library in it. Sizes in bytes, sha256 in hex. */
export interface RuntimeFile {
  readonly classifier: string;
  readonly jarBytes: number;
  readonly jarSha256: string;
  readonly member: string;
  readonly libraryBytes: number;
  readonly librarySha256: string;
}

export type RuntimeVersion = '2.21.0' | '2.18.0';
export type RuntimeArch = 'x64' | 'arm64';

export const runtimeArtifact = {groupId: 'org.bytedeco', artifactId: 'tensorflow-lite'} as const;

/** Best first: the first whose glibc is not newer than the machine's is taken. */
export const runtimePins: readonly RuntimePin[] = [
  {
    version: '2.21.0',
    artifactVersion: '2.21.0-1.5.14',
    glibc: [2, 34],
    files: {
      x64: {
        classifier: 'linux-x86_64',
        jarBytes: 4348879,
        jarSha256: '97061333854967aadf2f092681d63af90b804db3800f007cffd24a2901f4bc72',
        member: 'org/bytedeco/tensorflowlite/linux-x86_64/libjnitensorflowlite.so',
        libraryBytes: 12230064,
        librarySha256: 'fe6884ba79d33230521e18effe111487daad40a4a30c1ffddb8d6701ab4756f3',
      },
      arm64: {
        classifier: 'linux-arm64',
        jarBytes: 3970999,
        jarSha256: 'd34e33c49ce6da8f3c982cc6a084ff02f078d9c371dfb18a269aff93e0949d03',
        member: 'org/bytedeco/tensorflowlite/linux-arm64/libjnitensorflowlite.so',
        libraryBytes: 10881856,
        librarySha256: '1ddeeba8b6b03173cdb2c052c5927c1803ff39f8a438f7fe9c6c412d4cfb0106',
      },
    },
  },
  {
    version: '2.18.0',
    artifactVersion: '2.18.0-1.5.11',
    glibc: [2, 30],
    files: {
      x64: {
        classifier: 'linux-x86_64',
        jarBytes: 3756852,
        jarSha256: '09e8a949a86745d372a5cc40b4937d9c113356bd92b5655e8a463682471b1354',
        member: 'org/bytedeco/tensorflowlite/linux-x86_64/libjnitensorflowlite.so',
        libraryBytes: 10650720,
        librarySha256: 'c34c90de1231e445bb42c5fb26219d7c0f582ac2f191893eacba788d1319dd26',
      },
      arm64: {
        classifier: 'linux-arm64',
        jarBytes: 3540430,
        jarSha256: '533321eda09e42358b35cbde77d768bf01ac6476a7c2f8bed34afb4968d2340b',
        member: 'org/bytedeco/tensorflowlite/linux-arm64/libjnitensorflowlite.so',
        libraryBytes: 9710744,
        librarySha256: '122c0259fb6b42f2c77c079f71afe6b2aa4131e07ba9c4508ea8e7d5c278041a',
      },
    },
  },
];
