#ifndef DUNLIN_HOST_USB_RESET_H
#define DUNLIN_HOST_USB_RESET_H

/* Resets the port of a USB device, as if it were pulled out and put in again. Returns the status to exit with. */
int host_usb_reset(const char *node);

#endif
