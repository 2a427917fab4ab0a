'use strict'
// The class's table: find, show some, sort; and times typed by the clock of this browser. All works without, too.
;(() => {
  const filters = document.querySelector('.filters[data-for]')
  const table = filters && document.getElementById(filters.dataset.for)

  function search() {
    const words = document.getElementById('find').value.toLowerCase().split(/\s+/).filter(Boolean)
    const only = document.getElementById('only').value
    let shown = 0
    for (const row of table.tBodies[0].rows) {
      const fits = words.every(word => row.dataset.find.includes(word)) && (!only || row.dataset.is.split(' ').includes(only))
      row.hidden = !fits
      shown += fits
    }
    document.getElementById('found').textContent = `${shown} of ${table.tBodies[0].rows.length}`
  }

  function compare(kind) {
    const words = new Intl.Collator([], { numeric: true })
    return kind === 'number' ? (a, b) => Number(a) - Number(b) : words.compare
  }

  function sort(heading) {
    const descending = heading.getAttribute('aria-sort') === 'ascending'
    const place = heading.cellIndex
    const order = compare(heading.dataset.sort)
    const rows = [...table.tBodies[0].rows]
    rows.sort((a, b) => order(a.cells[place].dataset.value, b.cells[place].dataset.value) * (descending ? -1 : 1))
    table.tBodies[0].append(...rows)
    for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort')
    heading.setAttribute('aria-sort', descending ? 'descending' : 'ascending')
  }

  function makeSortable(heading) {
    const button = document.createElement('button')
    button.type = 'button'
    button.append(...heading.childNodes)
    button.addEventListener('click', () => sort(heading))
    heading.append(button)
  }

  // A field in the browser's own time; what is sent is a hidden one of the same name, in UTC.
  function local(field) {
    const sent = document.createElement('input')
    sent.type = 'hidden'
    sent.name = field.name
    sent.value = field.value
    field.removeAttribute('name')
    if (field.value) {
      const time = new Date(/[Z+]/.test(field.value) ? field.value : `${field.value}Z`)
      field.value = new Date(time - time.getTimezoneOffset() * 60000).toISOString().slice(0, 16)
    }
    field.addEventListener('input', () => {
      sent.value = field.value ? new Date(field.value).toISOString() : ''
    })
    field.after(sent)
    const zone = document.querySelector(`label[for="${field.id}"] [data-zone]`)
    if (zone) zone.textContent = `(${Intl.DateTimeFormat().resolvedOptions().timeZone}, your time)`
  }

  if (table) {
    filters.hidden = false
    for (const field of filters.querySelectorAll('input, select')) field.addEventListener('input', search)
    for (const heading of table.querySelectorAll('th[data-sort]')) makeSortable(heading)
    search()
  }
  for (const field of document.querySelectorAll('input[data-utc]')) local(field)
})()
