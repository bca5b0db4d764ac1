bingkai.contentWindow.postMessage(isi, "*"); // TEMUAN
window.addEventListener("message", (pesan) => { // TEMUAN
  simpan(pesan.data);
});
