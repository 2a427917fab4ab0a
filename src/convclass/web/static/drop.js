'use strict'
// Hand in by dropping a file; and say at once what the server would refuse.
;(() => {
  const form = document.querySelector('[data-drop]')
  if (!form) return
  const input = form.querySelector('input[type="file"]')
  const said = form.querySelector('[role="status"]')
  const button = form.querySelector('button')
  form.querySelector('[data-drop-hint]').hidden = false

  function look() {
    const file = input.files[0]
    const isKnown = !file || /\.(py|ipynb)$/i.test(file.name)
    said.textContent = isKnown ? (file && file.size === 0 ? 'This file is empty.' : '') : 'Only .py and .ipynb files can be graded.'
    return Boolean(file) && said.textContent === ''
  }

  function over(event) {
    if (![...event.dataTransfer.types].includes('Files')) return
    event.preventDefault()
    form.classList.add('over')
  }

  function drop(event) {
    event.preventDefault()
    form.classList.remove('over')
    if (event.dataTransfer.files.length > 1) {
      said.textContent = 'These are several files. Hand in one.'
      return
    }
    input.files = event.dataTransfer.files
    if (look()) button.focus()
  }

  input.addEventListener('change', look)
  form.addEventListener('dragover', over)
  form.addEventListener('dragleave', () => form.classList.remove('over'))
  form.addEventListener('drop', drop)
  form.addEventListener('submit', (event) => {
    if (button.getAttribute('aria-disabled') === 'true' || !look()) event.preventDefault()
    else button.setAttribute('aria-disabled', 'true')
  })
  addEventListener('pageshow', () => button.removeAttribute('aria-disabled')) // back from the next page
})()
