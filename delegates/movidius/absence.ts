import type {Problem} from '../../src/delegate/contract.ts';
import {type Findings, isListing} from './devices.ts';

/** How OpenVINO comes onto this kind of machine. docs/delegates/movidius.md has every step. */
const installation: Readonly<Record<string, string>> = {
  x64: "Install it from Intel's apt repository (sudo apt-get install openvino), or with `pip install openvino`",
  arm64: 'Install it with `pip install openvino`, or unpack the arm64 archive below /opt/intel',
};

/** Why there is nothing to run on. */
export function absenceOf(findings: Pick<Findings, 'library'> & Partial<Findings>, looked: readonly string[]): Problem {
  const {library, listing} = findings;
  if (library === undefined && (findings.sticks?.length ?? 0) > 0) {
    return {
      reason: `no OpenVINO library (libopenvino_c.so) in ${looked.join(', ')}`,
      remedy:
        'Unpack OpenVINO 2022.3.1, the last release for the stick, below /opt/intel; docs/delegates/movidius.md tells how.',
    };
  }
  if (library === undefined) {
    const how = installation[process.arch] ?? 'Install OpenVINO';
    return {
      reason: `no OpenVINO library (libopenvino_c.so) in ${looked.join(', ')}`,
      remedy: `${how}, and give delegates.movidius.library where it lies elsewhere; docs/delegates/movidius.md tells more.`,
    };
  }
  if (listing !== undefined && !isListing(listing)) return listing;
  return {reason: `${library.path} lists no device`, remedy: 'Run `dunlin doctor` to see what is missing.'};
}
