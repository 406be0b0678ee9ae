// A WeChat gateway without an account: the real wechaty-puppet-service server in front of wechaty-puppet-mock, and a world of
// people who talk to the office's account, told over HTTP what to do. TOKEN, PORT (gRPC) and CONTROL_PORT come from outside, and
// FRIENDS: whom the account has from before, as WeChat itself keeps them when a gateway goes away.
import http from 'node:http'
import { FileBox } from 'file-box'
import { PuppetServer } from 'wechaty-puppet-service'
import { PuppetMock, mock } from 'wechaty-puppet-mock'

const { TOKEN, PORT, CONTROL_PORT, FRIENDS } = process.env
const SETTLING_MS = 150 // between the start of a client's event stream and the first event it is sure to get
const RECEIVE = 2 // FriendshipType

// The mock sends and forgets, calls every file but pictures 'Unknown' and gives a QR code for a picture; a real puppet does not.
class LocalPuppet extends PuppetMock {
  refusing = 0
  accepted = []
  friendships = new Map()
  types = new Map() // of messages that the mock cannot make
  handed = new Map() // places, cards and links, by message

  async _messageSend (to, what) {
    if (this.refusing > 0) { this.refusing--; throw new Error('the messenger does not take this now') }
    let id
    this.once('message', payload => { id = payload.messageId }) // emitted by say().to() before it returns
    await super._messageSend(to, what)
    return id
  }
  // A file that was sent up before in pieces: a real puppet reads it here, to send it on.
  async messageSendFile (to, file) { return this._messageSend(to, FileBox.fromBase64(await file.toBase64(), file.name)) }

  async messageRawPayload (id) {
    const payload = await super.messageRawPayload(id)
    const file = this.mocker.cacheFileBoxPayload.get(id)
    if (this.types.has(id)) return { ...payload, type: this.types.get(id), filename: file?.name }
    return file ? { ...payload, filename: file.name, type: payload.type || 1 /* Attachment */ } : payload
  }
  async messageImage (id) { return this.messageFile(id) }
  async messageLocation (id) { return this.handed.get(id) }
  async messageContact (id) { return this.handed.get(id).id }
  async messageUrl (id) { return this.handed.get(id) }
  async friendshipRawPayload (id) { return this.friendships.get(id) }
  async friendshipAccept (id) { this.accepted.push(id) }
}

const mocker = new mock.Mocker()
const puppet = new LocalPuppet({ mocker })
const office = mocker.createContact({ id: 'office', name: '政务助手', type: 1 })
const people = new Map()
const replies = []
const files = []
let unsent = [] // what people say while nobody is logged in: WeChat keeps it for the account

function person (id) {
  if (!people.has(id)) {
    const type = id.startsWith('gh_') ? 2 : 1 // official accounts have such ids
    people.set(id, mocker.createContact({ id, name: `用户${id}`, type, friend: true }))
  }
  return people.get(id)
}

office.on('message', async message => {
  if (message.talker().id !== office.id) return
  const reply = { to: message.listener()?.id ?? null, room: message.room()?.id ?? null, text: message.text() ?? '', at: Date.now() }
  replies.push(reply) // at once, so that the order is that of sending
  if (mocker.cacheFileBoxPayload.has(message.id)) {
    const file = await message.toFileBox()
    files.push(await file.toBuffer())
    Object.assign(reply, { text: '', file: file.name, content: files.length - 1 })
  }
})

function say ({ from, text, file, type, room, mention, handed }) {
  say_it(from, text, file, room, mention)
  if (type) puppet.types.set(last, type)
  if (!handed) return
  puppet.handed.set(last, handed)
  if (handed.id && !people.has(handed.id)) people.set(handed.id, mocker.createContact({ type: 1, ...handed }))
}

function say_it (from, text, file, room, mention) {
  const somebody = person(from)
  const what = file ? FileBox.fromBase64(file.base64, file.name) : text
  if (!room) { somebody.say(what).to(office); return }
  const id = `${room}@chatroom`
  let place
  try { place = mocker.RoomMock.load(id) } catch {
    place = mocker.createRoom({ id, topic: room, ownerId: from, memberIdList: [office.id, from], adminIdList: [] })
  }
  somebody.say(what, mention ? [office] : []).to(place)
}

JSON.parse(FRIENDS || '[]').forEach(person)

const server = new PuppetServer({ endpoint: `127.0.0.1:${PORT}`, puppet, token: TOKEN, tls: { disable: true } })
await server.start()

let ready = false
let last = null
puppet.on('message', payload => { last = payload.messageId })
// The client calls stop, then start, then asks for events; the account logs in when it does.
puppet.on('stop', () => { ready = false })
puppet.on('start', () => setTimeout(() => {
  if (!puppet.isLoggedIn) mocker.login(office)
  ready = true
  for (const each of unsent.splice(0)) say(each)
}, SETTLING_MS))

const doing = {
  '/say': body => { if (ready) say(body); else unsent.push(body); return { id: last } },
  '/again': ({ id }) => { puppet.emit('message', { messageId: id }); return {} },
  '/befriend': ({ from }) => {
    person(from)
    puppet.friendships.set(`f-${from}`, { id: `f-${from}`, contactId: from, type: RECEIVE, hello: '你好', timestamp: 1, ticket: '' })
    puppet.emit('friendship', { friendshipId: `f-${from}` })
    return {}
  },
  '/refuse': ({ times }) => { puppet.refusing = times; return {} },
  '/log_out': async () => { ready = false; await puppet.logout(); return {} },
  '/log_in': () => { mocker.login(office); ready = true; for (const each of unsent.splice(0)) say(each); return {} },
  '/replies': ({ since }) => replies.slice(since),
  '/file': ({ number }) => ({ base64: files[number].toString('base64') }),
  '/state': () => ({ ready, accepted: puppet.accepted }),
}

http.createServer(async (request, response) => {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  response.setHeader('content-type', 'application/json; charset=utf-8')
  try {
    const answer = await doing[request.url](JSON.parse(Buffer.concat(chunks).toString() || '{}'))
    response.end(JSON.stringify(answer))
  } catch (error) {
    response.statusCode = 500
    response.end(JSON.stringify({ error: String(error?.stack ?? error) }))
  }
}).listen(Number(CONTROL_PORT), '127.0.0.1')
