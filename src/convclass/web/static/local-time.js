'use strict'
// Times of the server (UTC) as the clock of this browser shows them.
;(() => {
  const shown = new Intl.DateTimeFormat([], {
    weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', timeZoneName: 'short',
  })
  const relative = new Intl.RelativeTimeFormat([], { numeric: 'auto' })
  const units = [['day', 86400], ['hour', 3600], ['minute', 60]]

  function away(time) {
    const seconds = (time - Date.now()) / 1000
    const [unit, length] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ['minute', 60]
    return relative.format(Math.trunc(seconds / length), unit)
  }

  for (const element of document.querySelectorAll('time[data-local]')) {
    const time = new Date(element.dateTime)
    if (Number.isNaN(time.getTime())) continue
    element.title = element.textContent
    element.textContent = shown.format(time)
  }
  for (const note of document.querySelectorAll('[data-local-note]')) note.hidden = false
  for (const element of document.querySelectorAll('[data-away]')) element.textContent = away(new Date(element.dataset.away))
})()
