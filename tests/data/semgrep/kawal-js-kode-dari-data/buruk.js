eval(rumus); // TEMUAN
const f = new Function("a", isi); // TEMUAN
setTimeout("kirim(" + nomor + ")", 100); // TEMUAN
setTimeout(`muat(${nama})`, 100); // TEMUAN
new vm.Script(isi).runInThisContext(); // TEMUAN
