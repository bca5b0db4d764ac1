const parameter = new URLSearchParams(location.search);
window.location.href = parameter.get("kembali"); // TEMUAN
window.open(location.hash.slice(1)); // TEMUAN
location.assign(document.referrer); // TEMUAN
