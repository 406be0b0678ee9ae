// Tencent's own encryption and signature of callbacks, one JSON object a line in and out: what the tests' far end speaks with.
import { createInterface } from 'node:readline'
import { decrypt, encrypt, getSignature } from '@wecom/crypto'

const does = {
  seal: ({ key, text, id }) => encrypt(key, text, id),
  open: ({ key, sealed }) => { const { message, id } = decrypt(key, sealed); return { message, id } },
  sign: ({ token, timestamp, nonce, sealed }) => getSignature(token, timestamp, nonce, sealed),
}
createInterface({ input: process.stdin }).on('line', line => {
  const asked = JSON.parse(line)
  let told
  try { told = { result: does[asked.what](asked) } } catch (error) { told = { error: String(error) } }
  process.stdout.write(JSON.stringify(told) + '\n')
})
