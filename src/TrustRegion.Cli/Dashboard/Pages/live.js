// Puts each part that the run sends in the place of the one shown.
(() => {
  'use strict';
  const connection = document.getElementById('connection');
  const events = new EventSource('events');

  // What is being looked at stays until the pointer or the focus leaves it.
  const isWatched = shown => shown.matches('.pictures:hover') || (shown.contains(document.activeElement) && shown.matches('.pictures'));

  const show = (html, isLast) => {
    const arrived = document.createElement('template');
    arrived.innerHTML = html;
    for (const part of arrived.content.querySelectorAll('[data-part]')) {
      const shown = document.getElementById(part.id);
      if (shown && (isLast || !isWatched(shown))) shown.replaceWith(part);
    }
  };

  events.addEventListener('state', event => {
    connection.textContent = 'live';
    show(event.data, false);
  });

  events.addEventListener('end', event => {
    events.close();
    connection.textContent = 'the run has ended';
    show(event.data, true);
  });

  events.addEventListener('error', () => {
    connection.textContent = 'the run is out of reach; trying again';
  });
})();
