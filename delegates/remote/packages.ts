import {DelegateUnavailableError} from '../../src/error/errors.ts';

/**
 * A package that is installed only by those who need it.
 *
 * @param key leads the message: `delegates.server`
 * @throws {DelegateUnavailableError} it is not installed, with the command
 */
export async function optionalPackage<Module>(
  key: string,
  names: string,
  load: () => Promise<Module>,
): Promise<Module> {
  try {
    return await load();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new DelegateUnavailableError(`${key}: its protocol needs packages that are missing`, `npm install ${names}`, {
      cause,
    });
  }
}
