const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { min-height: 100vh; margin: 0; display: grid; place-items: center; }
form { width: min(20rem, 90vw); display: grid; gap: 0.75rem; }
h1 { font-size: 1.25rem; margin: 0; }
label { display: grid; gap: 0.25rem; }
input, button { font: inherit; padding: 0.5rem; }
[role='alert'] { margin: 0; color: light-dark(#b00020, #ff8a80); }
`;

/** `alert` is one of our own sentences; nothing that a visitor sent is ever part of a page. */
export function loginPage(alert?: string): string {
  return page(
    'Sign in',
    `<form method="post" action="/login">
<h1>Reelsync</h1>
${alert === undefined ? '' : `<p role="alert">${alert}</p>`}
<label>User name <input name="user" autocomplete="username" required autofocus></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>
</form>`,
  );
}

export function logoutPage(): string {
  return page(
    'Sign out',
    '<form method="post" action="/logout"><h1>Reelsync</h1><button>Sign out</button></form>',
  );
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title} · Reelsync</title>
<style>${STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`;
}
