"""Answers "N" on stdin with "WALL_MS CPU_MS" for N invokes with ai-edge-litert: invoke.py MODEL."""
import sys
import time

import numpy as np
from ai_edge_litert.interpreter import Interpreter

interpreter = Interpreter(sys.argv[1], num_threads=1)
interpreter.allocate_tensors()
detail = interpreter.get_input_details()[0]
interpreter.set_tensor(detail["index"], np.zeros(detail["shape"], detail["dtype"]))
for line in sys.stdin:
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(int(line)):
        interpreter.invoke()
    print(f"{(time.perf_counter() - wall) * 1e3:.6f} {(time.process_time() - cpu) * 1e3:.6f}", flush=True)
