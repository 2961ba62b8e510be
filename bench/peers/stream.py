"""The usual Python loop: JPEG -> top-1 -> MQTT. stream.py MODEL FOLDER PORT [reduced]

`reduced` decodes at half size (cv2.IMREAD_REDUCED_COLOR_2), as a tuned loop does.
"""
import json
import sys
from pathlib import Path

import cv2
import paho.mqtt.client as mqtt
from ai_edge_litert.interpreter import Interpreter

cv2.setNumThreads(1)
flag = cv2.IMREAD_REDUCED_COLOR_2 if "reduced" in sys.argv else cv2.IMREAD_COLOR
interpreter = Interpreter(sys.argv[1], num_threads=1)
interpreter.allocate_tensors()
source = interpreter.get_input_details()[0]
target = interpreter.get_output_details()[0]
height, width = source["shape"][1:3]
client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
client.connect("127.0.0.1", int(sys.argv[3]))
client.loop_start()
for frame, path in enumerate(sorted(Path(sys.argv[2]).iterdir())):
    picture = cv2.imread(str(path), flag)
    picture = cv2.cvtColor(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2RGB)
    interpreter.set_tensor(source["index"], picture[None])
    interpreter.invoke()
    scores = interpreter.get_tensor(target["index"])[0]
    best = int(scores.argmax())
    client.publish("peer/result", json.dumps({"frame": frame, "index": best, "score": float(scores[best]) / 256}))
client.loop_stop()
