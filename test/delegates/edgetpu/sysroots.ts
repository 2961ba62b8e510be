/** Files of a system with these parts, to be merged: `fakeRoot(t, {...usbStick('1-1', 'waiting'), ...library})`. */
type Files = Record<string, string>;

export const library: Files = {'/usr/lib/aarch64-linux-gnu/libedgetpu.so.1': 'elf'};

export interface StickOptions {
  readonly started?: boolean;
  readonly speed?: number;
  /** False: as in a container that does not see /dev/bus/usb. */
  readonly visible?: boolean;
}

export function usbStick(address: string, {started = false, speed = 5000, visible = true}: StickOptions = {}): Files {
  const folder = `/sys/bus/usb/devices/${address}`;
  const device = address.replace(/\D/g, '').padStart(3, '0').slice(-3);
  return {
    [`${folder}/idVendor`]: started ? '18d1\n' : '1a6e\n',
    [`${folder}/idProduct`]: started ? '9302\n' : '089a\n',
    [`${folder}/speed`]: `${speed}\n`,
    [`${folder}/busnum`]: `${address.split('-')[0]}\n`,
    [`${folder}/devnum`]: `${Number(device)}\n`,
    ...(visible && {[`/dev/bus/usb/${(address.split('-')[0] ?? '').padStart(3, '0')}/${device}`]: ''}),
  };
}

export interface PcieOptions {
  /** Thousandths of a degree, as the driver tells them. */
  readonly temp?: number;
  readonly owner?: number;
  readonly status?: string;
  readonly visible?: boolean;
  readonly address?: string;
}

export function pcieModule(index: number, options: PcieOptions = {}): Files {
  const {temp = 45_300, owner = 0, status = 'ALIVE', visible = true, address = `0000:0${index + 1}:00.0`} = options;
  const folder = `/sys/class/apex/apex_${index}`;
  return {
    ...onPciBus(address),
    [`${folder}/temp`]: `${temp}\n`,
    [`${folder}/trip_point0_temp`]: '84800\n',
    [`${folder}/trip_point1_temp`]: '89800\n',
    [`${folder}/trip_point2_temp`]: '94800\n',
    [`${folder}/hw_temp_warn2`]: '99800\n',
    [`${folder}/hw_temp_warn2_en`]: '1\n',
    [`${folder}/is_device_owned`]: owner === 0 ? '0\n' : '1\n',
    [`${folder}/device_owner`]: `${owner}\n`,
    [`${folder}/status`]: `${status}\n`,
    [`${folder}/pci_address`]: `${address}\n`,
    [`${folder}/driver_version`]: '1.2\n',
    ...(visible && {[`/dev/apex_${index}`]: ''}),
  };
}

/** On the bus, with no driver. */
export function onPciBus(address: string): Files {
  const folder = `/sys/bus/pci/devices/${address}`;
  return {
    [`${folder}/vendor`]: '0x1ac1\n',
    [`${folder}/device`]: '0x089a\n',
    [`${folder}/current_link_speed`]: '5.0 GT/s PCIe\n',
    [`${folder}/current_link_width`]: '1\n',
  };
}

export const raspberryPi5: Files = {'/proc/device-tree/model': 'Raspberry Pi 5 Model B Rev 1.0\0'};

export function processNamed(id: number, name: string, parent: number): Files {
  return {[`/proc/${id}/status`]: `Name:\t${name}\nUmask:\t0022\nPid:\t${id}\nPPid:\t${parent}\n`};
}
