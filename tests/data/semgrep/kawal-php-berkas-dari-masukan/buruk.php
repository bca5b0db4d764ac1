<?php
readfile("dokumen/" . $_GET['nama']); // TEMUAN
unlink($request->input('berkas')); // TEMUAN
force_download('unggahan/' . $this->input->get('nama'), null); // TEMUAN
copy('unggahan/' . $request->nama, $tujuan); // TEMUAN
