import {DelegateUnavailableError} from '../../error/errors.ts';
import type {DeviceHosts} from './contract.ts';

/** For places that open no isolated sessions, such as a trial's child. */
export const noHosts: DeviceHosts = {
  async connect({key}) {
    throw new DelegateUnavailableError(`${key}: no process can be started for it here`, 'Report this as a bug.');
  },
};
