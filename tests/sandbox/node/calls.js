// Makes the calls that stand on standard input with the SDK of the seed, one after the other, and prints what
// became of them: [{"call": "sendSMS", "params": {…}, "options": {…}}] → [{"ok": {…}} | {"name": …, "code": …}].
// "list" holds all arguments of a call that has others, as receiveMsg(typeIndex, queuePrefix, waitSeconds, isDel).
'use strict'

const SMSClient = require('@alicloud/sms-sdk')

async function main () {
  let text = ''
  for await (const piece of process.stdin) text += piece
  const { endpoint, accessKeyId, secretAccessKey, calls } = JSON.parse(text)
  const client = new SMSClient({ accessKeyId, secretAccessKey, smsApiEndpoint: endpoint, baseApiEndpoint: endpoint, mnsVpc: { endpoint } })
  const results = []
  for (const { call, params, options, list } of calls) {
    try {
      results.push({ ok: await client[call](...(list || [params, options])) })
    } catch (error) {
      results.push({ name: error.name, code: error.code, message: error.message })
    }
  }
  process.stdout.write(JSON.stringify(results), () => process.exit(0))
}

main()
