// Opens pages in Chromium. In: {"chromium": path, "pages": [{"path", "steps": [...]}, ...]}; out, to the file named: a list of lists, one
// result for each step. Steps: {"axe": {}} after {"view": {...}}, {"answer": {id: answer}}, {"eval": "expression"},
// {"press": [keys]}, {"reload": true}.
const fs = require('fs')
const { chromium } = require('playwright-core')
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')

const steps = {
  async view(page, { width, scheme }) {
    await page.setViewportSize({ width, height: 900 })
    await page.emulateMedia({ colorScheme: scheme })
    return null
  },
  async axe(page) {
    // Not a script of the page: its policy allows none but its own.
    await page.evaluate(axe)
    const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }))
    return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 3).join(' | ')}`)
  },
  async answer(page, answers) {
    const results = {}
    for (const [id, answer] of Object.entries(answers)) results[id] = await give(page, id, answer)
    return results
  },
  eval: (page, expression) => page.evaluate(expression),
  async press(page, keys) {
    for (const key of keys) await page.keyboard.press(key)
    return page.evaluate(() => document.activeElement.outerHTML.slice(0, 300))
  },
  async type(page, text) {
    await page.keyboard.type(text)
    return null
  },
  async reload(page) {
    await page.reload()
    return null
  },
}

// Gives an answer with the controls of the page, checks it, and reads what the page says.
function give(page, id, answer) {
  return page.evaluate(
    ([id, answer]) => {
      const section = document.querySelector(`[data-id="${id}"]`)
      const fire = (e) => e.dispatchEvent(new Event('input', { bubbles: true }))
      const inputs = [...section.querySelectorAll('.option input')]
      const kind = section.dataset.kind
      if (kind === 'true_false') answer = answer ? 0 : 1
      if (inputs.length) {
        const places = Array.isArray(answer) ? answer : [answer]
        for (const input of inputs) {
          if (input.checked !== places.includes(Number(input.value))) input.click()
        }
      } else if (kind === 'matching') {
        section.querySelectorAll('select').forEach((e, i) => ((e.value = answer[i] ?? ''), fire(e)))
      } else if (kind === 'cloze') {
        section.querySelectorAll('[data-gap]').forEach((e) => ((e.value = answer[e.dataset.gap] ?? ''), fire(e)))
      } else if (kind === 'ordering') {
        answer.forEach((item, place) => {
          const at = () => [...section.querySelectorAll('[data-item]')].findIndex((e) => Number(e.dataset.item) === item)
          for (let i = at(); i > place; i--) section.querySelectorAll('[data-move="-1"]')[i].click()
        })
      } else {
        const input = section.querySelector('.entry input')
        input.value = String(answer)
        fire(input)
      }
      section.querySelector('[data-check]').click()
      const key = document.body.dataset.storage
      const state = JSON.parse(localStorage.getItem(key))[section.id]
      return { share: state.share ?? null, said: section.querySelector('[data-result]').textContent, kept: state.answer }
    },
    [id, answer],
  )
}

async function main() {
  const { chromium: executablePath, pages } = JSON.parse(fs.readFileSync(0, 'utf8'))
  const args = process.getuid && process.getuid() === 0 ? ['--no-sandbox'] : []
  const browser = await chromium.launch({ executablePath, args })
  const results = []
  for (const { path, steps: wanted } of pages) {
    const context = await browser.newContext()
    const page = await context.newPage()
    const troubles = []
    page.on('console', (m) => m.type() === 'error' && troubles.push(m.text()))
    page.on('pageerror', (error) => troubles.push(String(error)))
    page.on('request', (r) => !/^(file|data|blob):/.test(r.url()) && troubles.push(`request to ${r.url()}`))
    await page.goto(`file://${path}`)
    const outcomes = []
    for (const step of wanted) {
      const [name] = Object.keys(step)
      outcomes.push(await steps[name](page, step[name]))
    }
    results.push({ outcomes, troubles })
    await context.close()
  }
  await browser.close()
  fs.writeFileSync(process.argv[2], JSON.stringify(results))
}
main()
