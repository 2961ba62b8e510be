#ifndef DUNLIN_DELEGATE_SHIM_H
#define DUNLIN_DELEGATE_SHIM_H

#include "tflite_abi.h"

/* Lets a delegate that was built against any TFLite from 2.5 on run inside today's.
 *
 * TfLiteDelegate and TfLiteRegistration grew after 2.9. A library of today reads past the end of an older plugin's
 * structs, and takes what lies there for function pointers. The shim gives the library a longer copy with a tail of
 * zeros, and stands between it and the plugin's kernels, so that each side sees only its own delegate and user data. */
typedef struct dunlin_shim dunlin_shim;

/* Sets *shim, or leaves it NULL for a delegate of the opaque kind (no Prepare), which is as long as today's structs.
 * False when out of memory. */
bool dunlin_shim_create(tflite_delegate *delegate, dunlin_shim **shim);
tflite_delegate *dunlin_shim_delegate(dunlin_shim *shim);
/* NULL is fine. Only after the interpreter that used it is gone. */
void dunlin_shim_free(dunlin_shim *shim);

#endif
