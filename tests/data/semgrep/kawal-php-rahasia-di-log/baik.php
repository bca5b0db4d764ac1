<?php
error_log('Masuk: ' . $_POST['nama']);
Log::info('isian', ['jumlah' => count($request->all())]);
log_message('debug', 'pengguna ' . $this->input->post('nama'));
