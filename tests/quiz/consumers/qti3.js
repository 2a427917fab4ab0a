// Plays QTI 3 items in the player of Amp-up.io under jsdom.
// In: [{"xml": ..., "answers": [{"RESPONSE": value}, ...]}, ...]; out, to the file named: [{"text": ..., "errors": [...], "scores": [...]}, ...].
const fs = require('fs')
const { JSDOM } = require('jsdom')

const dom = new JSDOM('<!DOCTYPE html><html><body><div id="app"></div></body></html>', {
  pretendToBeVisual: true,
  url: 'http://localhost/',
})
for (const name of Object.getOwnPropertyNames(dom.window)) {
  if (!(name in globalThis)) globalThis[name] = dom.window[name]
}
globalThis.window = dom.window
globalThis.document = dom.window.document
Object.defineProperty(globalThis, 'navigator', { value: dom.window.navigator, configurable: true })
for (const name of ['Event', 'CustomEvent', 'EventTarget', 'Node', 'DOMParser', 'XMLSerializer']) globalThis[name] = dom.window[name]
dom.window.matchMedia = () => ({ matches: false, addListener() {}, removeListener() {}, addEventListener() {} })
dom.window.document.getSelection = dom.window.document.getSelection || (() => ({ getRangeAt() {} }))

// The player compiles templates when it runs, which the default build of Vue cannot.
const Module = require('module')
const resolve = Module._resolveFilename
Module._resolveFilename = (name, ...more) => resolve(name === 'vue' ? 'vue/dist/vue.common.js' : name, ...more)
// The player waits between its steps so that people can see them.
const patient = setTimeout
globalThis.setTimeout = dom.window.setTimeout = (then, _, ...more) => patient(then, 0, ...more)
const Vue = require('vue')
Vue.config.productionTip = false
Vue.config.devtools = false
const problems = []
Vue.config.errorHandler = (error) => problems.push(String(error))
const quiet = () => {}
const log = console.log
for (const level of ['log', 'info', 'warn']) console[level] = quiet
console.error = (...words) => problems.push(words.map(String).join(' '))
dom.window.console.error = console.error
const player = require('qti3-item-player/dist/qti3Player.common.js')
const Qti3Player = player.Qti3Player || player.default || player

let ready, scored, itemReady
let loads = 0
const app = new Vue({
  render: (h) =>
    h(Qti3Player, {
      props: { suppressAlertMessages: true, suppressInvalidResponseMessages: true },
      on: {
        notifyQti3PlayerReady: (it) => ready(it),
        notifyQti3ItemReady: () => itemReady(),
        notifyQti3ScoreAttemptCompleted: (data) => scored(data),
        notifyQti3EndAttemptCompleted: (data) => scored(data),
      },
    }),
})

const within = (promise, what) =>
  Promise.race([promise, new Promise((_, reject) => patient(() => reject(new Error(what)), 10000).unref())])

async function load(it, xml, state) {
  const loaded = new Promise((resolve) => (itemReady = resolve))
  const configuration = { guid: 'x', status: 'interacting', sessionControl: { max_attempts: 0, show_feedback: false, validate_responses: false } }
  if (state) configuration.state = state
  it.loadItemFromXml(xml + ' '.repeat(++loads), configuration) // the same text would not be loaded again
  await within(loaded, 'the item never became ready')
  await Vue.nextTick()
}

async function end(it) {
  const done = new Promise((resolve) => (scored = resolve))
  it.endAttempt('done')
  return (await within(done, 'the attempt never ended')).state
}

function answered(state, answer) {
  const given = (variable) =>
    variable.identifier in answer ? { ...variable, value: answer[variable.identifier] } : variable
  return { ...state, responseVariables: state.responseVariables.map(given) }
}

const outcome = (state, name) => (state.outcomeVariables.find((v) => v.identifier === name) || {}).value

async function play(it, { xml, answers }) {
  problems.length = 0
  await load(it, xml)
  const text = dom.window.document.body.textContent
  const blank = await end(it)
  const scores = []
  const feedback = []
  for (const answer of answers) {
    await load(it, xml, answered(blank, answer))
    const state = await end(it)
    scores.push(Number(outcome(state, 'SCORE')))
    feedback.push(outcome(state, 'FEEDBACK') ?? null)
  }
  return { text, blank: Number(outcome(blank, 'SCORE')), scores, feedback, errors: [...problems] }
}

async function main() {
  const it = await new Promise((resolve) => {
    ready = resolve
    app.$mount('#app')
  })
  const results = []
  for (const item of JSON.parse(fs.readFileSync(0, 'utf8'))) {
    try {
      results.push(await play(it, item))
    } catch (error) {
      results.push({ text: '', scores: [], errors: [...problems, String(error)] })
    }
  }
  fs.writeFileSync(process.argv[2], JSON.stringify(results))
  process.exit(0)
}
main()
