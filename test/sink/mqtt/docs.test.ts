import {Ajv2020} from 'ajv/dist/2020.js';
import test from 'ava';
import {documentedTopics, mqttFiles} from '../../../scripts/schema-mqtt.ts';

const shown = documentedTopics.flatMap(({name, schema, example}) => (schema ? [{name, schema, example}] : []));

for (const {name, schema, example} of shown) {
  test(`the example of ${name} follows its schema, strictly`, t => {
    t.deepEqual(schema.parse(example), example);
  });

  test(`the JSON Schema of ${name} accepts its example and refuses another type`, t => {
    const file = mqttFiles().find(({path}) => path === `docs/mqtt/${name}.schema.json`);
    const validate = new Ajv2020().compile(JSON.parse(file?.text ?? 'false'));
    t.true(validate(example));
    t.false(validate([example]));
  });
}

test('readers are told to expect new fields', t => {
  const file = mqttFiles().find(({path}) => path === 'docs/mqtt/event.schema.json');
  const validate = new Ajv2020().compile(JSON.parse(file?.text ?? 'false'));
  const event = documentedTopics.find(({name}) => name === 'event')?.example as object;
  t.true(validate({...event, track: 7}));
});
