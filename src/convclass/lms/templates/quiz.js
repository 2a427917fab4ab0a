'use strict'
;(() => {
  const graded = document.body.dataset.graded === 'yes'
  const keyElement = document.getElementById('key')
  const key = keyElement ? JSON.parse(keyElement.textContent) : {}
  const sections = [...document.querySelectorAll('section.question')]

  // ---- what the student has given, as convclass.quiz.scoring has it

  const read = {
    single_choice: (s) => place(s.querySelector('input:checked')),
    spot_the_error: (s) => place(s.querySelector('input:checked')),
    true_false: (s) => [true, false][place(s.querySelector('input:checked')) ?? 2] ?? null,
    multiple_choice: (s) => some([...s.querySelectorAll('input:checked')].map(place)),
    numeric: (s) => words(s.querySelector('.entry input')),
    short_text: (s) => words(s.querySelector('.entry input')),
    matching: (s) => given([...s.querySelectorAll('[data-left]')].map((e) => (e.value === '' ? null : Number(e.value)))),
    ordering: (s) => (s.dataset.touched ? [...s.querySelectorAll('[data-item]')].map((e) => Number(e.dataset.item)) : null),
    cloze: (s) => {
      const answers = {}
      for (const gap of s.querySelectorAll('[data-gap]')) {
        const value = gap.tagName === 'SELECT' ? gap.value : words(gap)
        if (value) answers[gap.dataset.gap] = gap.tagName === 'SELECT' ? Number(value) : value
      }
      return Object.keys(answers).length ? answers : null
    },
  }
  const place = (input) => (input ? Number(input.value) : null)
  const words = (input) => input.value.trim() || null
  const some = (list) => (list.length ? list : null)
  const given = (list) => (list.some((part) => part !== null) ? list : null)

  const write = {
    single_choice: (s, a) => check(s, [a]),
    spot_the_error: (s, a) => check(s, [a]),
    true_false: (s, a) => check(s, [a === true ? 0 : 1]),
    multiple_choice: (s, a) => check(s, a),
    numeric: (s, a) => (s.querySelector('.entry input').value = a),
    short_text: (s, a) => (s.querySelector('.entry input').value = a),
    matching: (s, a) => s.querySelectorAll('[data-left]').forEach((e, i) => (e.value = a[i] ?? '')),
    ordering: (s, a) => {
      const list = s.querySelector('.order')
      for (const item of a) list.append(list.querySelector(`[data-item="${Number(item)}"]`))
      s.dataset.touched = 'yes'
    },
    cloze: (s, a) => s.querySelectorAll('[data-gap]').forEach((e) => (e.value = a[e.dataset.gap] ?? '')),
  }
  const check = (s, places) => s.querySelectorAll('.option input').forEach((e) => (e.checked = places.includes(place(e))))
  const answerOf = (section) => read[section.dataset.kind](section)

  // ---- scoring, rule by rule as convclass.quiz.scoring

  const decimal = (text) => {
    const plain = /^[+-]?[1-9]\d{0,2}([ ,'\u2019]\d{3})+(\.\d+)?$/.test(text) ? text.replace(/[ ,'\u2019]/g, '') : text.replaceAll(',', '.')
    return /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?$/i.test(plain) && Number.isFinite(Number(plain)) ? Number(plain) : null
  }
  const readNumber = (given, unit) => {
    let text = given.normalize('NFKC').replace(/[\u00a0\u2007\u2009\u202f]/g, ' ').replaceAll('\u2212', '-').trim()
    if (unit && text.toLowerCase().endsWith(unit.toLowerCase())) text = text.slice(0, -unit.length).trim()
    const slash = text.indexOf('/')
    if (slash < 0) return decimal(text)
    const [above, below] = [decimal(text.slice(0, slash).trim()), decimal(text.slice(slash + 1).trim())]
    return above !== null && below ? above / below : null
  }
  const within = (value, right, tolerance) =>
    Math.abs(value - right) <= tolerance + 4 * Number.EPSILON * Math.max(Math.abs(value), Math.abs(right))
  const plainWords = (text, caseSensitive) => {
    const plain = text.normalize('NFC').split(/\s+/).filter(Boolean).join(' ')
    return caseSensitive ? plain : plain.toLowerCase()
  }
  const sameWords = (text, accepted, caseSensitive) =>
    accepted.some((spelling) => plainWords(text, caseSensitive) === plainWords(spelling, caseSensitive))

  const one = (right, feedback) => ({ right: Number(right), wrong: Number(!right), whole: 1, said: feedback ? [feedback] : [] })
  const parts = (verdicts, feedback) => {
    const right = verdicts.filter((v) => v === true).length
    return {
      right,
      wrong: verdicts.filter((v) => v === false).length,
      whole: verdicts.length,
      said: feedback && right < verdicts.length ? [feedback] : [],
      verdicts,
    }
  }
  const judge = {
    single_choice: (k, a) => ({ ...one(a === k.right), marks: { [a]: a === k.right } }),
    spot_the_error: (k, a) => ({ ...one(a === k.right), marks: { [a]: a === k.right } }),
    true_false: (k, a) => ({ ...one(a === k.right, a === k.right ? '' : k.feedback), marks: { [a ? 0 : 1]: a === k.right } }),
    multiple_choice: (k, a) => {
      const right = a.filter((p) => k.right.includes(p)).length
      return { right, wrong: a.length - right, whole: k.right.length, said: [], marks: Object.fromEntries(a.map((p) => [p, k.right.includes(p)])) }
    },
    numeric: (k, a) => {
      const value = readNumber(a, k.unit)
      if (value === null) return one(false, '<p>This is no number that the page can read.</p>')
      if (within(value, k.right, k.tolerance)) return one(true)
      const known = k.wrong.find((w) => within(value, w.value, w.tolerance))
      return one(false, known && known.feedback)
    },
    short_text: (k, a) => {
      const right = sameWords(a, k.words, k.caseSensitive)
      return one(right, right ? '' : k.feedback)
    },
    matching: (k, a) => parts(a.map((p, i) => (p === null ? null : p === k.right[i])), k.feedback),
    ordering: (k, a) => parts(a.map((p, i) => p === k.right[i]), k.feedback),
    cloze: (k, a) => {
      const verdicts = Object.entries(k.gaps).map(([name, gap]) => gapIsRight(gap, a[name]))
      const judged = parts(verdicts, k.feedback)
      const said = Object.entries(k.gaps).map(([name, gap]) => (gap.feedback && a[name] !== undefined ? gap.feedback[a[name]] : ''))
      return { ...judged, said: [...said.filter(Boolean), ...judged.said] }
    },
  }
  const gapIsRight = (gap, answer) => {
    if (answer === undefined) return null
    if (gap.words) return sameWords(answer, gap.words, false)
    if (gap.place !== undefined) return answer === gap.place
    const value = readNumber(answer, '')
    return value !== null && within(value, gap.right, gap.tolerance)
  }
  const fraction = (judged, rule) => {
    if (rule === 'all-or-nothing') return judged.right === judged.whole && !judged.wrong ? 1 : 0
    if (rule === 'right-minus-wrong') return Math.max(0, (judged.right - judged.wrong) / judged.whole)
    return judged.right / judged.whole
  }

  // ---- showing verdicts

  const number = (value) => String(Math.round(value * 100) / 100)
  const points = (value, whole) => `${number(value)} of ${number(whole)} point${whole === 1 ? '' : 's'}`
  const named = (share) => (share >= 1 ? 'good' : share > 0 ? 'part' : 'bad')
  const signs = { good: '✓ Right', part: '◐ Partly right', bad: '✗ Not right' }

  function clear(section) {
    section.querySelectorAll('.said').forEach((e) => e.replaceChildren())
    section.querySelectorAll('select, .gap').forEach((e) => e.classList.remove('good', 'bad'))
    const result = section.querySelector('[data-result]')
    if (result) {
      result.className = 'result'
      result.replaceChildren()
    }
    const reveal = section.querySelector('[data-reveal]')
    if (reveal) reveal.hidden = true
  }

  function show(section, state) {
    const k = key[section.id]
    const judged = judge[section.dataset.kind](k, state.answer)
    const share = fraction(judged, k.rule)
    clear(section)
    for (const [p, right] of Object.entries(judged.marks ?? {})) {
      const mark = `<span class="mark ${right ? 'good' : 'bad'}">${right ? '✓ right' : '✗ not right'}</span>`
      section.querySelector(`[data-said="${Number(p)}"]`).innerHTML = mark + (Array.isArray(k.feedback) ? k.feedback[p] : '')
    }
    const controls = section.querySelectorAll('[data-left], [data-gap]')
    ;(judged.verdicts ?? []).forEach((v, i) => v !== null && controls[i] && controls[i].classList.add(v ? 'good' : 'bad'))
    const open = state.revealed || share >= 1
    const result = section.querySelector('[data-result]')
    result.classList.add(named(share))
    result.innerHTML =
      `<p class="verdict">${signs[named(share)]} · ${points(share * k.points, k.points)}</p>` +
      judged.said.join('') +
      (state.revealed && share < 1 ? `<p><strong>Answer:</strong> ${k.answer}</p>` : '') +
      (open ? k.explanation : '')
    section.querySelector('[data-reveal]').hidden = open
    return { share, points: share * k.points }
  }

  // ---- what is kept

  const store = document.body.dataset.storage
  const kept = document.getElementById('kept') // by a server, instead of this browser
  const load = () => {
    if (kept) return Object.fromEntries(Object.entries(JSON.parse(kept.textContent)).map(([id, answer]) => [`q${id}`, { answer }]))
    try {
      return JSON.parse(localStorage.getItem(store)) ?? {}
    } catch {
      return {} // no storage, or not ours
    }
  }
  let state = load()
  if (typeof state !== 'object' || Array.isArray(state)) state = {}
  const keep = () => {
    if (kept) {
      document.dispatchEvent(new CustomEvent('answered', { detail: answersById() }))
      return
    }
    try {
      localStorage.setItem(store, JSON.stringify(state))
    } catch {
      // a browser that keeps nothing is no reason to stop
    }
  }

  function answersById() {
    const answers = {}
    for (const section of sections) {
      const answer = answerOf(section)
      if (answer !== null) answers[section.dataset.id] = answer
    }
    return answers
  }

  function overview() {
    let count = 0
    let sum = 0
    let whole = 0
    for (const section of sections) {
      const of = state[section.id] ?? {}
      const jump = document.querySelector(`[data-jump="${section.id}"]`)
      const is = of.share !== undefined ? named(of.share) : of.answer !== undefined ? 'given' : ''
      jump.dataset.is = is
      jump.querySelector('[data-state]').textContent =
        { good: ', right', part: ', partly right', bad: ', not right', given: ', answered' }[is] ?? ''
      if (of.answer !== undefined) count += 1
      if (of.share !== undefined) sum += of.points
      if (key[section.id]) whole += key[section.id].points
    }
    document.getElementById('progress').value = count
    document.getElementById('progress-words').textContent = `${count} of ${sections.length} answered`
    const total = document.getElementById('total')
    if (total && !graded) total.textContent = `${points(sum, whole)} so far`
  }

  function changed(section) {
    const answer = answerOf(section)
    if (answer === null) delete state[section.id]
    else state[section.id] = { answer }
    if (!graded) clear(section)
    keep()
    overview()
  }

  function checkIt(section) {
    const answer = answerOf(section)
    const result = section.querySelector('[data-result]')
    if (answer === null && section.dataset.kind !== 'ordering') {
      result.className = 'result idle'
      result.innerHTML = '<p class="verdict">Answer the question first.</p>'
      return
    }
    const final = answer ?? [...section.querySelectorAll('[data-item]')].map((e) => Number(e.dataset.item))
    const revealed = state[section.id]?.revealed
    state[section.id] = { answer: final, revealed }
    Object.assign(state[section.id], show(section, state[section.id]))
    keep()
    overview()
  }

  function reveal(section) {
    const of = state[section.id]
    if (!of) return
    of.revealed = true
    show(section, of)
    keep()
    section.querySelector('[data-check]').focus()
  }

  function tell(section) {
    const k = key[section.id]
    const result = section.querySelector('[data-result]')
    result.className = 'result idle'
    result.innerHTML = `<p class="verdict">– Not answered · ${points(0, k.points)}</p><p><strong>Answer:</strong> ${k.answer}</p>${k.explanation}`
  }

  function move(section, button) {
    const item = button.closest('[data-item]')
    const up = button.dataset.move === '-1'
    const other = up ? item.previousElementSibling : item.nextElementSibling
    if (!other) return
    if (up) other.before(item)
    else other.after(item)
    section.dataset.touched = 'yes'
    const place = [...item.parentElement.children].indexOf(item) + 1
    section.querySelector('[data-moved]').textContent = `Now number ${place} of ${item.parentElement.children.length}`
    ends(section)
    button.focus()
    changed(section)
  }

  function ends(section) {
    const items = [...section.querySelectorAll('[data-item]')]
    items.forEach((item, i) => {
      item.querySelector('[data-move="-1"]').setAttribute('aria-disabled', i === 0)
      item.querySelector('[data-move="1"]').setAttribute('aria-disabled', i === items.length - 1)
    })
  }

  for (const section of sections) {
    const of = state[section.id]
    if (of && of.answer !== undefined) {
      try {
        write[section.dataset.kind](section, of.answer)
        if (!graded && kept) Object.assign(of, { revealed: true }, show(section, { ...of, revealed: true }))
        else if (!graded && of.share !== undefined) show(section, of)
      } catch {
        delete state[section.id] // kept by another version of the page
      }
    }
    if (!graded && kept && !state[section.id]) tell(section)
    if (section.dataset.kind === 'ordering') ends(section)
    section.addEventListener('input', () => changed(section))
    section.addEventListener('click', (event) => {
      const button = event.target.closest('button')
      if (!button) return
      if (button.dataset.move) move(section, button)
      else if ('check' in button.dataset) checkIt(section)
      else if ('reveal' in button.dataset) reveal(section)
    })
    section.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && event.target.matches('input[type="text"]') && !graded) checkIt(section)
    })
  }
  overview()

  // What scrolls sideways has to be reachable by keyboard.
  function reachable() {
    for (const box of document.querySelectorAll('pre, table, math[display="block"]')) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0
      else box.removeAttribute('tabindex')
    }
  }
  reachable()
  addEventListener('resize', reachable)

  const saved = () => ({ assignment: document.body.dataset.assignment, variant: document.body.dataset.variant, student: '', answers: answersById() })
  document.getElementById('save')?.addEventListener('click', () => {
    const link = document.createElement('a')
    link.href = URL.createObjectURL(new Blob([JSON.stringify(saved(), null, 1)], { type: 'application/json' }))
    link.download = `${document.body.dataset.assignment}-answers.json`
    link.click()
    URL.revokeObjectURL(link.href)
  })
  document.getElementById('again')?.addEventListener('click', () => {
    if (!confirm('Delete all your answers on this page?')) return
    state = {}
    keep()
    location.reload()
  })
  document.getElementById('hand-in')?.addEventListener('submit', (event) => {
    event.target.elements.answers.value = JSON.stringify(saved())
  })
  document.documentElement.dataset.ready = 'yes'
})()
