// Prints every event of every Dunlin on a broker: node examples/quickstart/subscribe.mjs [mqtt://host:port]
import mqtt from 'mqtt';

const client = mqtt.connect(process.argv[2] ?? 'mqtt://127.0.0.1:1883', {protocolVersion: 4});
client.on('connect', () => client.subscribe('dunlin/+/+/event', {qos: 1}));
client.on('message', (topic, payload) => {
  const {type, label, bestScore, startedAt} = JSON.parse(payload.toString());
  console.log(`${startedAt} ${topic.split('/')[2]}: ${label} ${type} (${Math.round(100 * bestScore)} %)`);
});
