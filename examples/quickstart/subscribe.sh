#!/bin/sh
# Prints every event of every Dunlin on a broker: sh examples/quickstart/subscribe.sh [host] [port]
mosquitto_sub -h "${1:-127.0.0.1}" -p "${2:-1883}" -t 'dunlin/+/+/event' -q 1 -F '%I %t %p'
