/* The double of OpenVINO's C library as a current release: see openvino-double.c. */
#define DOUBLE_RELEASE 2026
#include "openvino-double.c"
