'use strict'
// Saves the answers of a graded quiz to the server a second after each change, and until it succeeds.
;(() => {
  const { save: path, csrf, variant } = document.body.dataset
  const kept = document.getElementById('kept')
  const line = document.getElementById('saved')
  const form = document.getElementById('hand-in')
  const really = document.getElementById('really')
  const place = `convclass-unsaved:${path.split('/').slice(-2)[0]}:${variant}`
  const [SOON, LONGEST_WAIT, TIMEOUT] = [1000, 30000, 15000]

  let saves = Number(document.body.dataset.saves)
  let unsaved = null // the newest answers that the server does not have
  let isHeld = true
  let refused = false
  let sending = null
  let wait = SOON
  let timer = 0

  function tell(is, words) {
    line.dataset.is = is
    if (line.textContent !== words) line.textContent = words
  }

  // ---- what the server does not have yet is held in the browser, so that a reload without a connection loses nothing

  function hold() {
    try {
      localStorage.setItem(place, JSON.stringify({ saves: saves + 1, answers: unsaved }))
      return true
    } catch {
      return false
    }
  }

  function release() {
    try {
      localStorage.removeItem(place)
    } catch {
      // nothing was held either
    }
  }

  function held() {
    try {
      const found = JSON.parse(localStorage.getItem(place))
      return found && found.saves > saves && typeof found.answers === 'object' ? found : null
    } catch {
      return null
    }
  }

  // ---- saving

  function post(answers, leaving = false) {
    saves += 1
    isHeld = hold() // with the number after this one, for it may arrive without our hearing of it
    return fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json', 'X-CSRF-Token': csrf },
      body: JSON.stringify({ saves, answers }),
      keepalive: leaving,
      signal: leaving ? undefined : AbortSignal.timeout(TIMEOUT),
    })
  }

  async function refuse(response) {
    refused = true
    const { error, remedy } = await response.json().catch(() => ({ error: 'The server refused it.', remedy: 'Load this page again.' }))
    tell('bad', `Not saved. ${error} ${remedy}`)
  }

  async function attempt() {
    const answers = unsaved
    try {
      const response = await post(answers)
      if (response.status >= 500 || response.status === 429) throw new Error(response.status)
      if (!response.ok) return await refuse(response)
      if (unsaved === answers) {
        unsaved = null
        release()
        const clock = new Date().toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
        tell('good', `Saved at ${clock}`)
      }
      wait = SOON
    } catch {
      wait = Math.min(2 * wait, LONGEST_WAIT)
      tell('bad', 'Not saved: no connection. Your answers are kept in this browser; trying again.')
    }
  }

  // One saving at a time; whoever asks meanwhile waits for it.
  async function send() {
    clearTimeout(timer)
    while (sending) await sending
    if (unsaved === null || refused) return
    sending = attempt()
    await sending
    sending = null
    if (unsaved !== null && !refused) later(wait)
  }

  function later(delay) {
    clearTimeout(timer)
    timer = setTimeout(send, delay)
  }

  function leave() {
    if (unsaved !== null && !refused) post(unsaved, true).catch(() => {})
  }

  document.addEventListener('answered', (event) => {
    unsaved = event.detail
    if (refused) return
    isHeld = hold()
    if (line.dataset.is !== 'bad') tell('', 'Not saved yet …')
    later(wait)
  })
  addEventListener('beforeunload', (event) => unsaved !== null && !isHeld && event.preventDefault())
  addEventListener('online', send)
  addEventListener('pagehide', leave)
  document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && send())

  // ---- handing in

  function open() {
    const [all, given] = [...document.querySelectorAll('section.question')].reduce(
      ([count, done], section) => [count + 1, done + Number(Boolean(document.querySelector(`[data-jump="${section.id}"]`).dataset.is))],
      [0, 0],
    )
    const missing = all - given
    const words = missing === 0 ? 'All questions are answered.' : `${missing} of ${all} questions ${missing === 1 ? 'is' : 'are'} not answered.`
    document.getElementById('really-words').textContent = `${words} Handing in is final.`
    document.getElementById('hand-in-all-the-same').textContent = missing === 0 ? 'Hand in' : 'Hand in all the same'
    really.showModal()
  }

  let sure = false
  form.addEventListener('submit', (event) => {
    if (sure) return
    event.preventDefault()
    open()
  })
  document.getElementById('go-on').addEventListener('click', () => really.close())
  document.getElementById('hand-in-all-the-same').addEventListener('click', async () => {
    really.close()
    if (unsaved !== null) await send()
    if (unsaved !== null && !refused) {
      tell('bad', 'Not handed in: no connection. Your answers are kept in this browser; hand in again when it is back.')
      return
    }
    sure = true
    form.requestSubmit()
  })

  const before = held()
  if (before) {
    kept.textContent = JSON.stringify(before.answers)
    saves = before.saves - 1
    unsaved = before.answers
    tell('', 'Not saved yet …')
    later(0)
  } else {
    tell('', saves ? 'All your answers are saved.' : 'Answers are saved as you give them.')
  }
})()
